"""What earlier rooms may ask about alerts and windows."""

from apps.audit.models import Entry
from apps.core.subjects import Subject
from apps.monitoring import events
from apps.monitoring.models import Alert, Plan, Window


class AlertSubject(Subject):
    kind = "alert"
    model = Alert


class WindowSubject(Subject):
    kind = "window"
    model = Window
    TITLE_OF = ("plan__version",)


class PlanSubject(Subject):
    kind = "plan"
    model = Plan
    TITLE_OF = ("model", "version")


def sentence_of(entry: Entry) -> str:
    """What people are told of an alert: what it says, and that it was known but got worse."""
    alert = Alert.objects.get(reference=entry.subject_reference)
    worse = " is red now" if entry.verb == events.ALERT_WORSENED.verb else ""
    return f"{alert.reference}{worse}, {alert.model.name}: {alert.sentence}"
