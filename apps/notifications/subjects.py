from apps.core.subjects import Subject
from apps.notifications.models import Webhook


class WebhookSubject(Subject):
    kind = "webhook"
    model = Webhook

    def title(self, row: Webhook) -> str:
        return f"{row.reference} ({row.address})"
