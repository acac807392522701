from apps.core.events import Event

VALIDATION_OPENED = Event(
    "validations.validation_opened",
    "validations.add_validation",
    "A validator took on the challenge of a version.",
    says="took on {it}",
)
QUESTION_ANSWERED = Event(
    "validations.question_answered",
    "validations.change_validation",
    "A validator answered challenge questions.",
    says="answered questions in {it}",
)
VALIDATION_CONCLUDED = Event(
    "validations.validation_concluded",
    "validations.conclude_validation",
    "A validator concluded on a version and signed the report, which is read-only from then on.",
    tells="conclusion",
)
VALIDATION_ABANDONED = Event(
    "validations.validation_abandoned",
    None,
    "A validation ended without a conclusion, because its version went back or was retired.",
    says="ended {it} without a conclusion",
)
REVALIDATION_ASKED = Event(
    "validations.revalidation_asked",
    "validations.ask_revalidation",
    "A version in use has to be validated again, for a stated reason.",
    says="asked for {it}",
)
