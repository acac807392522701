"""What earlier rooms may ask about alerts and windows."""

from apps.core.subjects import Subject
from apps.monitoring.models import Alert, Plan, Window


class AlertSubject(Subject):
    kind = "alert"
    model = Alert


class WindowSubject(Subject):
    kind = "window"
    model = Window


class PlanSubject(Subject):
    kind = "plan"
    model = Plan
