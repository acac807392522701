from apps.core.events import Event

DATASET_REGISTERED = Event("datasets.dataset_registered", "datasets.add_dataset", "A dataset was registered.")
DATASET_DESCRIBED = Event(
    "datasets.dataset_described", "datasets.change_dataset", "A dataset's name, description or class changed."
)
VERSION_ADDED = Event("datasets.version_added", "datasets.add_version", "A table was taken in as a version.")
TAG_SET = Event(
    "datasets.tag_set", "datasets.add_tag", "A tag was put on a version, or moved to it.", says="put the tag {it}"
)
TAG_TAKEN_OFF = Event(
    "datasets.tag_taken_off", "datasets.add_tag", "A tag was taken off its version.", says="took off the tag {it}"
)
RETENTION_SET = Event(
    "datasets.retention_set",
    "datasets.add_retention",
    "Somebody said for how long a dataset's versions are kept.",
    says="set the {it}",
)
RETENTION_PASSED = Event(
    "datasets.retention_passed",
    "datasets.announce_retention",
    "A version was kept for as long as its dataset's retention asks.",
    says="noted that {it} is past its retention",
)
HOLD_PLACED = Event("datasets.hold_placed", "datasets.add_hold", "A legal hold was placed: nothing of it may go.")
HOLD_LIFTED = Event("datasets.hold_lifted", "datasets.lift_hold", "A legal hold was lifted by another person.")
VERSION_DISPOSED = Event(
    "datasets.version_disposed",
    "datasets.dispose_version",
    "The rows of a version past its retention were disposed of.",
    says="disposed of the rows of {it}",
)
VERSION_ERASED = Event(
    "datasets.version_erased",
    None,
    "A version's rows were erased for a person's sake; its successor has the others.",
    says="erased the rows of {it}",
)
