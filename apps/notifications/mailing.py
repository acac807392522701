"""The inbox by e-mail: at once or once a day, whatever a person chose."""

import logging
from datetime import datetime, time, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.utils import timezone

from apps.accounts.models import User
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue
from apps.notifications.models import Notification, Preference

logger = logging.getLogger(__name__)

KIND = "notifications.mail"
DAILY_AT = time(7)
AT_MOST = 100
AGAIN_AFTER = timedelta(days=1)  # a refused address may have been mended by then
REFUSED = (
    SMTPRecipientsRefused,
    SMTPDataError,
    ValueError,
)  # one person's mail; a server that is down is everybody's


def mail_new(now: datetime) -> Job | None:
    """Ask for a job if anybody is to get mail at `now`."""
    return enqueue(KIND, now=now, once=KIND) if due(now).exists() else None


def due(now: datetime):
    """The people who are to get mail at `now`; who has chosen nothing gets it once a day."""
    here = now.astimezone(ZoneInfo(settings.DUE_DATE_ZONE))
    chosen = Q(notification_preference__mail=Preference.Mail.AT_ONCE)
    if here.time() >= DAILY_AT:
        daily = Q(notification_preference=None) | Q(notification_preference__mail=Preference.Mail.DAILY)
        today_is_done = Q(notification_preference__last_digest_on__gte=here.date())
        chosen |= daily & ~today_is_done
    unsent = Notification.objects.filter(recipient=OuterRef("pk"), read_at=None, mailed_at=None)
    people = User.objects.filter(is_active=True, account_kind=User.Kind.PERSON)
    lately_refused = Q(notification_preference__refused_at__gt=now - AGAIN_AFTER)
    return people.filter(chosen & ~lately_refused, Exists(unsent)).order_by("pk")


def work(run: Run) -> dict[str, int]:
    """Mail everybody who is due, each by a mail of their own. A mail that was sent is noted right after it.

    One that is refused is noted too, and tried again after a day; the others are sent all the same.
    """
    people, refused = list(due(timezone.now())), 0
    for n, person in enumerate(people):
        run.progress(n / len(people), f"{n} of {len(people)} mails")
        try:
            _mail(person, timezone.now())
        except REFUSED:
            logger.warning("The mail to %s was refused.", person.reference, exc_info=True)
            Preference.objects.update_or_create(user=person, defaults={"refused_at": timezone.now()})
            refused += 1
    return {"mails": len(people) - refused, "refused": refused}


def _mail(person: User, now: datetime) -> None:
    unsent = Notification.objects.filter(recipient=person, read_at=None, mailed_at=None)
    listed = list(unsent.order_by("created_at")[:AT_MOST])
    if not listed:
        return
    count = len(listed)
    text = render_to_string("notifications/digest.txt", {"person": person, "rows": listed, "base": settings.BASE_URL})
    subject = listed[0].sentence if count == 1 else f"{count} things to know"
    send_mail(f"[{settings.ORGANISATION}] {subject}"[:200].replace("\n", " "), text, None, [person.email])
    unsent.filter(pk__in=[row.pk for row in listed]).update(mailed_at=now)
    today = now.astimezone(ZoneInfo(settings.DUE_DATE_ZONE)).date()
    Preference.objects.update_or_create(user=person, defaults={"last_digest_on": today})
