from apps.core.events import Event

RETIREMENT_PLANNED = Event(
    "retirement.retirement_planned",
    "retirement.add_retirement",
    "Somebody asked for a model to be retired.",
    says="asked for {it}",
)
RETIREMENT_DECIDED = Event(
    "retirement.retirement_decided",
    None,
    "The deciders approved a retirement, sent it back or rejected it.",
    says="decided on {it}",
    tells="status",
)
MODEL_ARCHIVED = Event(
    "retirement.model_archived", None, "A retired model's archive was frozen: what it was, as a manifest of digests."
)
