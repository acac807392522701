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
