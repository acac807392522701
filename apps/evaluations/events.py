from apps.core.events import Event

EVALUATION_REQUESTED = Event(
    "evaluations.evaluation_requested",
    "evaluations.add_evaluation",
    "Somebody asked for a version to be evaluated.",
    says="asked for {it}",
)
EVALUATION_COMPLETED = Event(
    "evaluations.evaluation_completed", None, "A version was scored and measured, and the policy gave its verdict."
)
EVALUATION_FAILED = Event(
    "evaluations.evaluation_failed",
    None,
    "A version could not be evaluated; the reason is kept.",
    says="could not complete {it}",
)
PREDICTIONS_ERASED = Event(
    "evaluations.predictions_erased",
    None,
    "The table of predictions went with the rows that it was made of; the results stay.",
    says="noted that the predictions of {it} were erased",
)
