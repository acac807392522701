"""What earlier rooms may ask about data."""

from collections.abc import Collection
from typing import Any

from apps.core.subjects import Barred, Subject
from apps.datasets.models import Contract, Dataset, DatasetVersion, Erasure, Hold, LineageRun, Source


class DatasetSubject(Subject):
    kind = "dataset"
    model = Dataset


class DatasetVersionSubject(Subject):
    kind = "datasetversion"
    model = DatasetVersion
    TITLE_OF = ("dataset",)


class ErasureSubject(Subject):
    kind = "erasure"
    model = Erasure
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


class ContractSubject(Subject):
    kind = "contract"
    model = Contract
    TITLE_OF = ("dataset",)

    def parts(self, references: Collection[str]) -> Barred:
        written = Contract.objects.filter(reference__in=references).values_list("reference", "author")
        return {
            reference: {author: "You wrote it, so somebody else has to judge it."} for reference, author in written
        }

    def snapshot(self, row: Any) -> dict[str, Any]:
        return {"contract": row.reference, "digest": row.digest}
