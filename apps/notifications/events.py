from apps.core.events import Event

WEBHOOK_ADDED = Event(
    "notifications.webhook_added", "notifications.add_webhook", "Events began to be sent to another system."
)
WEBHOOK_SWITCHED_OFF = Event(
    "notifications.webhook_switched_off", "notifications.change_webhook", "Events stopped being sent there."
)
WEBHOOK_SWITCHED_ON = Event(
    "notifications.webhook_switched_on", "notifications.change_webhook", "Events are sent there again."
)
WEBHOOK_SECRET_CHANGED = Event(
    "notifications.webhook_secret_changed",
    "notifications.change_webhook",
    "What is sent is signed with a new secret.",
)
