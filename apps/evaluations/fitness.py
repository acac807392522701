"""Whether a table's outcomes and groups can be judged by at all, said before anything is scored."""

from bisect import bisect_left, bisect_right
from typing import Any

from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tables import columns, labels
from apps.inventory.bands import unbanded
from apps.inventory.metadata import Protected, VersionMetadata
from apps.inventory.models import ModelVersion
from apps.measures.spec import MISSING, Bins, group_label, same_label

SHOWN = 5
MOST_VALUES = 100_000
CLASSES_OF_BINARY = 2


def unfit(version: ModelVersion, table: DatasetVersion) -> str | None:
    """Why nothing can be judged by the outcomes and groups of `table`, as a sentence; None where they will do."""
    return _unfit_outcomes(version.said, table) or _unfit_groups(version.said, table)


def _unfit_outcomes(said: VersionMetadata, table: DatasetVersion) -> str | None:
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


def _unfit_groups(said: VersionMetadata, table: DatasetVersion) -> str | None:
    without_bands = next(iter(unbanded(said, table).values()), None)  # a draft from before that was refused
    if without_bands is not None:
        return without_bands
    named = [attribute for attribute in said.protected_attributes() if attribute.reference_group is not None]
    return next((sentence for attribute in named if (sentence := _no_such_group(attribute, table))), None)


def _no_such_group(attribute: Protected, table: DatasetVersion) -> str | None:
    wanted = group_label(attribute.reference_group)
    values = labels(table, attribute.column, limit=MOST_VALUES)
    groups = dict.fromkeys(_group(attribute, value) for value in values)
    if columns(table)[attribute.column].nulls:
        groups[MISSING] = None
    if wanted in groups or len(values) == MOST_VALUES:
        return None
    return (
        f"The reference group “{wanted}” of {attribute.name} does not occur in {table.reference}, so nothing can be "
        f"compared with it. There are: {_named(list(groups))}."
    )


def _group(attribute: Protected, value: Any) -> str:
    """The group of a value, as the measures make it: the value itself, or the label of its band."""
    if attribute.bins is None:
        return group_label(value)
    edges, names = Bins(tuple(attribute.bins.edges), attribute.bins.closed, tuple(attribute.bins.labels)).inner()
    place = bisect_left(edges, value) if attribute.bins.closed == "right" else bisect_right(edges, value)
    return str(names[place])


def _among(labels: list[Any], wanted: Any) -> bool:
    return any(same_label(label, wanted) for label in labels)


def _named(labels: list[Any]) -> str:
    shown = ", ".join(str(label) for label in labels[:SHOWN])
    return shown if len(labels) <= SHOWN else f"{shown} and {len(labels) - SHOWN} more"
