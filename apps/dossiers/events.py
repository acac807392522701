from apps.core.events import Event

USE_ATTESTED = Event(
    "dossiers.use_attested",
    "dossiers.add_acceptance",
    "The owner attested the uses of a version and signed.",
    says="attested the uses of {root}",
)
EVALUATION_ATTACHED = Event(
    "dossiers.evaluation_attached",
    None,
    "The evaluation that a submission rests on was asked for.",
    says="asked for an evaluation of {root}",
)
