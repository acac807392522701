"""What earlier rooms may ask about data."""

from apps.core.subjects import Subject
from apps.datasets.models import Dataset, DatasetVersion, Hold, LineageRun, Source


class DatasetSubject(Subject):
    kind = "dataset"
    model = Dataset


class DatasetVersionSubject(Subject):
    kind = "datasetversion"
    model = DatasetVersion
    TITLE_OF = ("dataset",)


class HoldSubject(Subject):
    kind = "hold"
    model = Hold
    TITLE_OF = ("dataset", "version")


class SourceSubject(Subject):
    kind = "source"
    model = Source


class LineageRunSubject(Subject):
    kind = "lineagerun"
    model = LineageRun
