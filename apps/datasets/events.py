from apps.core.events import Event

DATASET_REGISTERED = Event("datasets.dataset_registered", "datasets.add_dataset", "A dataset was registered.")
DATASET_DESCRIBED = Event(
    "datasets.dataset_described", "datasets.change_dataset", "A dataset's name, description or class changed."
)
VERSION_ADDED = Event("datasets.version_added", "datasets.add_version", "A table was taken in as a version.")
