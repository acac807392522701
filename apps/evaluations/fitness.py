"""Whether a table's outcomes can be judged by at all, said before anything is scored."""

from typing import Any

from apps.datasets.models import DatasetVersion
from apps.datasets.selectors import labels
from apps.inventory.metadata import VersionMetadata
from apps.inventory.models import ModelVersion
from apps.measures.spec import same_label

SHOWN = 5
CLASSES_OF_BINARY = 2


def unfit(version: ModelVersion, table: DatasetVersion) -> str | None:
    """Why nothing can be judged by the outcomes of `table`, as a sentence; None where they will do."""
    said = version.said
    found = [label for label in labels(table, said.target) if label is not None]
    target = f"The target “{said.target}” of {table.reference}"
    if not found:
        return f"{target} has no value at all."
    if len(found) == 1:
        return f"{target} is {found[0]} in every row, so nothing can be judged by it."
    if said.task == "binary_classification":
        return _unfit_for_two(found, said, target)
    if said.task == "multiclass":
        strangers = [label for label in found if not _among(said.classes, label)]
        return f"{target} holds {_named(strangers)}, which the classes don't name." if strangers else None
    return None if isinstance(found[0], int | float) else f"{target} holds text, and a regression needs numbers."


def _unfit_for_two(found: list[Any], said: VersionMetadata, target: str) -> str | None:
    if not _among(found, said.positive_label):
        return f"{target} holds {_named(found)}, and never the positive label {said.positive_label}."
    if len(found) > CLASSES_OF_BINARY:
        return f"{target} holds {len(found)} labels ({_named(found)}), and a binary classification has two."
    if said.favourable_label is not None and not _among(found, said.favourable_label):
        return f"{target} holds {_named(found)}, and never the favourable label {said.favourable_label}."
    return None


def _among(labels: list[Any], wanted: Any) -> bool:
    return any(same_label(label, wanted) for label in labels)


def _named(labels: list[Any]) -> str:
    shown = ", ".join(str(label) for label in labels[:SHOWN])
    return shown if len(labels) <= SHOWN else f"{shown} and {len(labels) - SHOWN} more"
