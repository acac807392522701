"""What happens to pipelines and their runs."""

from apps.core.events import Event

PIPELINE_PROPOSED = Event(
    "pipelines.pipeline_proposed", "pipelines.add_pipeline", "A pipeline was written, its first version a draft."
)
PIPELINE_PAUSED = Event(
    "pipelines.pipeline_paused", "pipelines.pause_pipeline", "Nothing starts a pipeline until it is resumed."
)
PIPELINE_RESUMED = Event("pipelines.pipeline_resumed", "pipelines.pause_pipeline", "A pipeline can start again.")
PIPELINE_TAKEN = Event(
    "pipelines.pipeline_taken",
    "pipelines.change_pipeline",
    "Somebody made themselves the owner of a pipeline: its steps act as them from now on.",
)
PIPELINE_ENDED = Event("pipelines.pipeline_ended", None, "A pipeline ended, because its model was retired.")
VERSION_DRAFTED = Event(
    "pipelines.version_drafted", "pipelines.add_pipelineversion", "A next version of a pipeline was begun."
)
DRAFT_EDITED = Event("pipelines.draft_edited", "pipelines.change_pipelineversion", "The author changed a draft.")
DRAFT_WITHDRAWN = Event(
    "pipelines.draft_withdrawn", "pipelines.change_pipelineversion", "A draft was given up; its text stays readable."
)
VERSION_PUBLISHED = Event(
    "pipelines.version_published",
    "pipelines.publish_pipelineversion",
    "Somebody other than the author reviewed a version and put it into force.",
)
VERSION_SUPERSEDED = Event(
    "pipelines.version_superseded", None, "The version before a published one is in force no longer."
)
FILE_SENT = Event(
    "pipelines.file_sent",
    "pipelines.add_codefile",
    "A script or a requirements lock was sent for a model's pipelines.",
)
GATE_CHECKED = Event(
    "pipelines.gate_checked",
    "pipelines.add_gatecheck",
    "CI, or a person, asked whether a version is fit under a gate policy, and got an answer.",
    says="asked the gate about {root}",
    tells="outcome",
)
TESTS_REPORTED = Event(
    "pipelines.tests_reported",
    "pipelines.add_testreport",
    "A developer's tests of data and model code came out as they say: self-reported, no independent evidence.",
    says="reported tests of {root}",
)
RUN_REQUESTED = Event("pipelines.run_requested", "pipelines.add_pipelinerun", "Somebody asked for a run.")
RUN_TRIGGERED = Event(
    "pipelines.run_triggered", None, "New data, an alert or the calendar started a run of the version in force."
)
TRIGGER_SKIPPED = Event(
    "pipelines.trigger_skipped", None, "A trigger started nothing, because enough runs went on and it doesn't queue."
)
RUN_BEGUN = Event("pipelines.run_begun", None, "A run's turn came: its first steps were given to workers.")
RUN_COMPLETED = Event("pipelines.run_completed", None, "All steps of a run are done; its manifest is frozen.")
RUN_FAILED = Event("pipelines.run_failed", None, "A step failed for good, so the run did.")
RUN_CANCELLED = Event("pipelines.run_cancelled", "pipelines.change_pipelinerun", "Somebody cancelled a run.")
RUN_RETRIED = Event(
    "pipelines.run_retried", "pipelines.change_pipelinerun", "A run goes on from the steps that were not done."
)
WORD_GIVEN = Event("pipelines.word_given", None, "A step told people of the pipeline what it was written to tell.")
DATASET_KEPT = Event(
    "pipelines.dataset_kept", None, "A dataset was registered for the tables that one step of a pipeline makes."
)
