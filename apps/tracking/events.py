from apps.core.events import Event

EXPERIMENT_CREATED = Event("tracking.experiment_created", "tracking.add_experiment", "An experiment was begun.")
EXPERIMENT_RENAMED = Event(
    "tracking.experiment_renamed", "tracking.change_experiment", "An experiment was given another name."
)
EXPERIMENT_TAGGED = Event(
    "tracking.experiment_tagged", "tracking.change_experiment", "A tag of an experiment was set or taken away."
)
EXPERIMENT_DELETED = Event(
    "tracking.experiment_deleted", "tracking.delete_experiment", "An experiment was put aside; its runs are kept."
)
EXPERIMENT_RESTORED = Event(
    "tracking.experiment_restored", "tracking.delete_experiment", "An experiment was taken up again."
)
RUN_STARTED = Event("tracking.run_started", "tracking.add_run", "A run began to be recorded.")
RUN_ENDED = Event(
    "tracking.run_ended", "tracking.log_run", "A run ended; what it logged is named by its digest.", says="ended {it}"
)
RUN_RESUMED = Event("tracking.run_resumed", "tracking.log_run", "A run that had ended goes on.")
RUN_AMENDED = Event(
    "tracking.run_amended", "tracking.log_run", "Something was logged to a run after it ended, named by its digest."
)
RUN_RENAMED = Event("tracking.run_renamed", "tracking.log_run", "A run was given another name.")
RUN_DELETED = Event("tracking.run_deleted", "tracking.delete_run", "A run was put aside; what it logged is kept.")
RUN_RESTORED = Event("tracking.run_restored", "tracking.delete_run", "A run that was put aside counts again.")

LOGGED_MODEL_CREATED = Event(
    "tracking.logged_model_created", "tracking.add_loggedmodel", "A model began to be logged."
)
LOGGED_MODEL_READY = Event(
    "tracking.logged_model_ready",
    "tracking.change_loggedmodel",
    "A logged model is whole; its files are named by their digest.",
    says="finished logging {it}",
)
LOGGED_MODEL_FAILED = Event(
    "tracking.logged_model_failed",
    "tracking.change_loggedmodel",
    "A model's files did not all arrive.",
    says="gave up logging {it}",
)
LOGGED_MODEL_AMENDED = Event(
    "tracking.logged_model_amended",
    "tracking.change_loggedmodel",
    "A file was kept in a logged model that was whole already; the digest is a new one.",
)
LOGGED_MODEL_DESCRIBED = Event(
    "tracking.logged_model_described", "tracking.change_loggedmodel", "Tags or parameters of a logged model were set."
)
LOGGED_MODEL_DELETED = Event(
    "tracking.logged_model_deleted",
    "tracking.delete_loggedmodel",
    "A logged model was put aside; its files are kept.",
)
RUN_SELECTED = Event(
    "tracking.run_selected",
    "tracking.add_selection",
    "A run was chosen among others by a criterion, which is kept with all that were looked at.",
    says="chose a run by {it}",
)
SELECTION_PROMOTED = Event(
    "tracking.selection_promoted",
    "tracking.promote_selection",
    "A chosen run was made a candidate version of a model.",
    says="made the run of {it} a candidate",
    tells="version_reference",
)

VERSION_REGISTERED = Event(
    "tracking.version_registered", None, "A version came from a run or a logged model, through MLflow's registry."
)
VERSION_DOCUMENTED = Event(
    "tracking.version_documented", None, "A draft took over what the run that it came from had logged by its end."
)
MODEL_TAGGED = Event(
    "tracking.model_tagged", "inventory.change_model", "A tag of a model was set or taken away in MLflow's registry."
)
VERSION_TAGGED = Event(
    "tracking.version_tagged",
    "inventory.change_modelversion",
    "A tag of a version was set or taken away in MLflow's registry.",
)
VERSION_DESCRIBED = Event(
    "tracking.version_described",
    "inventory.change_modelversion",
    "A version's description in MLflow's registry was changed.",
)
ALIAS_SET = Event("tracking.alias_set", "tracking.set_alias", "An alias names a version of a model.")
ALIAS_REMOVED = Event("tracking.alias_removed", "tracking.set_alias", "An alias of a model was taken away.")
STAGE_SET = Event(
    "tracking.stage_set", "tracking.set_alias", "A version was put into one of the stages of MLflow's registry."
)
