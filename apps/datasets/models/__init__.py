"""The room's tables: datasets, their versions, what is drawn of them, what differs, how long they are kept."""

from apps.datasets.models.contracts import CheckResult, Contract, Inspection
from apps.datasets.models.differences import Difference
from apps.datasets.models.erasures import Erasure, ErasureSalt, Returned
from apps.datasets.models.keeping import Hold, Retention
from apps.datasets.models.lineage import LineageEvent, LineageLink, LineageRun
from apps.datasets.models.sources import Extraction, Part, Source
from apps.datasets.models.tables import Dataset, DatasetVersion, Profile
from apps.datasets.models.tags import Tag

__all__ = [
    "CheckResult",
    "Contract",
    "Dataset",
    "DatasetVersion",
    "Difference",
    "Erasure",
    "ErasureSalt",
    "Extraction",
    "Hold",
    "Inspection",
    "LineageEvent",
    "LineageLink",
    "LineageRun",
    "Part",
    "Profile",
    "Retention",
    "Returned",
    "Source",
    "Tag",
]
