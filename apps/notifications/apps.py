from django.apps import AppConfig

from apps.core.periodic import Periodic


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    PERIODIC = (
        Periodic("notifications.read_ledger", 2, "apps.notifications.reading.read_ledger"),
        Periodic("notifications.send_new", 3, "apps.notifications.sending.send_new"),
        Periodic("notifications.mail_new", 30, "apps.notifications.mailing.mail_new"),
        Periodic("notifications.remind_all", 60, "apps.notifications.services.remind_all"),
    )

    def ready(self):
        from apps.audit.models import keep_to
        from apps.core import subjects
        from apps.jobs.registry import register
        from apps.notifications import events, mailing, people, sending
        from apps.notifications.rules import notify, who_may
        from apps.notifications.subjects import WebhookSubject

        subjects.register(WebhookSubject)
        keep_to(WebhookSubject.kind, "notifications.add_webhook")
        register(mailing.KIND, title="Mailing what is new", work=mailing.work)
        register(
            sending.KIND,
            title="Sending events",
            work=sending.work,
            failed=sending.give_up,
            max_attempts=sending.MAX_ATTEMPTS,
        )
        people.say_who_is_told()
        notify(
            events.WEBHOOK_SWITCHED_OFF,
            recipients=who_may("notifications.change_webhook"),
            sentence="No events are sent to {subject} any more; {actor} switched it off.",
        )
