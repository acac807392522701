from apps.core.events import Event

MODEL_REGISTERED = Event("inventory.model_registered", "inventory.add_model", "A model entered the inventory.")
MODEL_CHANGED = Event("inventory.model_changed", "inventory.change_model", "What is said of a model was changed.")
INTAKE_DECIDED = Event(
    "inventory.intake_decided",
    "inventory.decide_intake",
    "It was decided whether this is a model in our policy's sense.",
    says="decided on the intake of {it}",
    tells="intake",
)
TIER_SET = Event(
    "inventory.tier_set",
    "inventory.set_tier",
    "The tier was set otherwise than the method gives, for a stated reason.",
    says="set the tier of {it}",
    tells="tier",
)
USE_ADDED = Event(
    "inventory.use_added", "inventory.change_model", "A use of the model was stated.", says="added a use to {it}"
)
USE_ENDED = Event(
    "inventory.use_ended", "inventory.change_model", "A use of the model ended.", says="ended a use of {it}"
)
LIMITATION_STATED = Event(
    "inventory.limitation_stated",
    "inventory.state_limitation",
    "A limitation was stated.",
    says="stated a limitation of {it}",
)
DEPENDENCY_ADDED = Event(
    "inventory.dependency_added",
    "inventory.change_model",
    "A model was said to rest on another model or on data.",
    says="noted what {it} rests on",
)
DEPENDENCY_ENDED = Event(
    "inventory.dependency_ended",
    "inventory.change_model",
    "A model rests on it no longer.",
    says="noted what {it} rests on no longer",
)
MODEL_RETIRED = Event("inventory.model_retired", None, "A model left use for good, by an approved retirement.")

DATA_ERASED = Event(
    "inventory.data_erased",
    None,
    "Rows that a version was trained, compared or judged on were erased for a person's sake.",
    says="noted that rows which {it} rests on were erased",
)
VERSION_ADDED = Event("inventory.version_added", "inventory.add_modelversion", "A version of a model was added.")
VERSION_CHANGED = Event(
    "inventory.version_changed", "inventory.change_modelversion", "A draft version's metadata was changed."
)
VERSION_SUBMITTED = Event(
    "inventory.version_submitted", "inventory.submit_modelversion", "A version was submitted to be judged."
)
VERSION_RETURNED = Event(
    "inventory.version_returned",
    "inventory.return_modelversion",
    "A version went back to its developers, with questions.",
    says="sent {it} back with questions",
)
VERSION_WITHDRAWN = Event(
    "inventory.version_withdrawn",
    "inventory.submit_modelversion",
    "Its developers took a version back.",
    says="took {it} back",
)
GATES_FAILED = Event(
    "inventory.gates_failed",
    None,
    "A submitted version failed a blocking gate or could not be evaluated.",
    says="sent {it} back on its evidence",
)
EVIDENCE_ACCEPTED = Event(
    "inventory.evidence_accepted",
    None,
    "A version's evidence let it go on to validation.",
    says="let {it} go on to validation",
)
VALIDATION_FAILED = Event(
    "inventory.validation_failed",
    None,
    "The validator concluded that a version is not fit.",
    says="found {it} not fit",
)
APPROVAL_OPENED = Event(
    "inventory.approval_opened",
    None,
    "A version's dossier was frozen and laid before the deciders.",
    says="laid {it} before the deciders",
)
VERSION_APPROVED = Event("inventory.version_approved", None, "The approval of a version is complete.")
VERSION_REJECTED = Event("inventory.version_rejected", None, "The deciders rejected a version.")
VERSION_SENT_BACK = Event(
    "inventory.version_sent_back",
    None,
    "The deciders sent a version back, or its dossier had changed under them.",
    says="sent {it} back",
)
VERSION_RELEASED = Event(
    "inventory.version_released", None, "A version is in use: it runs in production.", says="took {it} into use"
)
VERSION_STOPPED = Event(
    "inventory.version_stopped", None, "A version runs in production no longer.", says="took {it} out of use"
)
VERSION_SUSPENDED = Event("inventory.version_suspended", None, "The approval of a version is suspended.")
VERSION_REINSTATED = Event("inventory.version_reinstated", None, "The approval of a version counts again.")
VERSION_RETIRED = Event("inventory.version_retired", None, "A version was retired with its model.")
