"""The inbox by e-mail, as often as each person chose."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from apps.jobs.models import Job
from apps.jobs.running import work_off
from apps.notifications.mailing import KIND, mail_new
from apps.notifications.models import Notification
from apps.notifications.rules import Reminder
from apps.notifications.services import choose_mail, mark_read, tell_of

pytestmark = pytest.mark.django_db


class Picky(EmailBackend):
    """A mail server that refuses one domain."""

    def send_messages(self, messages):
        for message in messages:
            if message.to[0].endswith("@refused.example"):
                raise SMTPRecipientsRefused({message.to[0]: (550, b"No such user here")})
        return super().send_messages(messages)


MORNING = datetime(2026, 11, 24, 8, tzinfo=UTC)


def tell(*people, key="one", now=MORNING):
    tell_of(Reminder(key, people, f"Number {key} waits for you.", url="/approvals/APR-0001/"), now=now)


@pytest.fixture
def post(time_machine):
    """Deliver what is due at a moment; the addresses it went to."""

    def deliver(now):
        time_machine.move_to(now, tick=False)
        mail.outbox.clear()
        mail_new(now)
        work_off()
        return [message.to[0].split("@")[0] for message in mail.outbox]

    return deliver


def test_who_chose_nothing_gets_it_once_a_day_in_the_morning(rosa, post):
    tell(rosa)
    assert [post(MORNING.replace(hour=hour)) for hour in (5, 8, 9)] == [[], ["rosa"], []]
    tell(rosa, key="two")
    assert post(MORNING.replace(hour=18)) == []
    assert post(MORNING + timedelta(days=1)) == ["rosa"]


def test_who_wants_it_at_once_gets_it_at_once(rosa, post):
    choose_mail(actor=rosa, mail="at_once", now=MORNING)
    tell(rosa)
    assert post(MORNING.replace(hour=3)) == ["rosa"]


def test_who_wants_none_gets_none(rosa, post):
    choose_mail(actor=rosa, mail="never", now=MORNING)
    tell(rosa)
    assert post(MORNING) == []


def test_what_was_read_in_the_inbox_is_not_mailed(rosa, post):
    tell(rosa)
    mark_read(actor=rosa, now=MORNING)
    assert post(MORNING) == []


def test_a_refused_address_keeps_nobody_else_from_their_mail(rosa, ruth, post, settings):
    settings.EMAIL_BACKEND = "tests.notifications.test_mail.Picky"
    rosa.email = "nobody@refused.example"
    rosa.save()
    tell(rosa, ruth)
    assert post(MORNING) == ["ruth"]
    assert post(MORNING + timedelta(minutes=1)) == []
    job = Job.objects.filter(kind=KIND).latest("created_at")
    assert (job.state, job.result) == ("done", {"mails": 1, "refused": 1})
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert post(MORNING + timedelta(days=1, hours=1)) == ["nobody"]


def test_a_mail_says_everything_once_with_the_way_there(rosa, settings, post):
    tell(rosa, key="one")
    tell(rosa, key="two")
    post(MORNING)
    [message] = mail.outbox
    assert "2 things to know" in message.subject
    assert "Number one waits for you." in message.body and "Number two" in message.body
    assert f"{settings.BASE_URL}/approvals/APR-0001/" in message.body
    assert Notification.objects.filter(mailed_at=None).count() == 0
