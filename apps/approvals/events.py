from apps.core.events import Event

APPROVAL_OPENED = Event(
    "approvals.approval_opened",
    None,
    "A record was frozen and laid before those who decide.",
    says="laid {it} before those who decide",
)
DECISION_SIGNED = Event(
    "approvals.decision_signed",
    "approvals.decide_approval",
    "A person decided on a record and signed it.",
    says="decided on {it}",
    tells="decision",
)
STAGE_OPENED = Event(
    "approvals.stage_opened", None, "The next stage's deciders were asked.", says="asked the next stage about {it}"
)
APPROVAL_RETURNED = Event(
    "approvals.approval_returned",
    None,
    "The record had changed since it was laid before the deciders, so it went back.",
    says="sent {it} back, for its record had changed",
)
APPROVAL_ENDED = Event(
    "approvals.approval_ended",
    None,
    "What a request is about came to its end, so nobody has to decide on it any more.",
    says="ended {it} undecided",
)
APPROVAL_WITHDRAWN = Event(
    "approvals.approval_withdrawn",
    "approvals.withdraw_approval",
    "Who asked for the approval took the request back.",
    says="took {it} back",
)
APPROVAL_SUSPENDED = Event(
    "approvals.approval_suspended", "approvals.suspend_approval", "An approval does not count for the time being."
)
SUSPENSION_LIFTED = Event(
    "approvals.suspension_lifted",
    "approvals.suspend_approval",
    "A suspended approval counts again.",
    says="lifted the suspension of {it}",
)
CONDITION_FULFILLED = Event(
    "approvals.condition_fulfilled",
    "approvals.fulfil_condition",
    "A condition is said to be fulfilled, with evidence.",
)
CONDITION_VERIFIED = Event(
    "approvals.condition_verified", "approvals.verify_condition", "Another person verified a condition's evidence."
)
CONDITION_REFUSED = Event(
    "approvals.condition_refused",
    "approvals.verify_condition",
    "A condition's evidence did not convince.",
    says="was not convinced that {it} is fulfilled",
)
CONDITION_OVERDUE = Event(
    "approvals.condition_overdue",
    "approvals.announce_overdue",
    "A condition's date passed before it was verified.",
    says="noted that the date of {it} has passed",
)
DELEGATION_MADE = Event(
    "approvals.delegation_made",
    "approvals.decide_approval",
    "A decider named who decides in their place for a time.",
    says="lent a seat by {it}",
)
DELEGATION_ENDED = Event("approvals.delegation_ended", "approvals.decide_approval", "A delegation ended early.")
