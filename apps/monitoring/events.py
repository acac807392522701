from apps.core.events import Event

PLAN_STARTED = Event(
    "monitoring.plan_started", None, "A released version is watched, by which limits and beside what."
)
PLAN_ENDED = Event(
    "monitoring.plan_ended",
    None,
    "A version is watched no longer, because another took its place or its model was retired.",
)
REFERENCE_FROZEN = Event(
    "monitoring.reference_frozen",
    None,
    "What a version's evaluation looked like was frozen for comparison.",
    says="froze the reference of {it}",
)
BATCH_RECEIVED = Event(
    "monitoring.batch_received",
    "monitoring.add_batch",
    "Predictions or outcomes were sent; their bytes are kept.",
    says="sent rows for {root}",
)
BATCH_TAKEN = Event(
    "monitoring.batch_taken",
    None,
    "The rows of a batch were checked, and the good ones taken in.",
    says="took in rows for {root}",
)
WINDOW_ASKED = Event(
    "monitoring.window_asked",
    "monitoring.close_window",
    "Somebody, or the calendar, asked for a window to be closed.",
    says="asked for a window of {it}",
)
WINDOW_CLOSED = Event(
    "monitoring.window_closed", None, "A window's rows were measured and judged by the plan's limits."
)
ALERT_RAISED = Event("monitoring.alert_raised", "monitoring.add_alert", "A window needs somebody's attention.")
ALERT_REPEATED = Event(
    "monitoring.alert_repeated",
    "monitoring.add_alert",
    "A further window shows what an open alert tells of.",
    says="saw {it} again",
)
ALERT_WORSENED = Event(
    "monitoring.alert_worsened",
    "monitoring.add_alert",
    "A further window shows it beyond the red limit, where it was yellow.",
    says="saw {it} worsen",
)
ALERT_ACKNOWLEDGED = Event(
    "monitoring.alert_acknowledged", "monitoring.acknowledge_alert", "A person took note of an alert."
)
ALERT_ANSWERED = Event(
    "monitoring.alert_answered",
    "monitoring.acknowledge_alert",
    "A finding or a revalidation was opened from an alert.",
)
ALERT_ENDED = Event("monitoring.alert_ended", None, "An alert needs nobody any more, because its model was retired.")
ALERT_CLOSED = Event("monitoring.alert_closed", "monitoring.close_alert", "An alert was closed, for a stated reason.")
