"""What earlier rooms may ask about data."""

from apps.core.subjects import Subject
from apps.datasets.models import Dataset, DatasetVersion


class DatasetSubject(Subject):
    kind = "dataset"
    model = Dataset


class DatasetVersionSubject(Subject):
    kind = "datasetversion"
    model = DatasetVersion
    TITLE_OF = ("dataset",)
