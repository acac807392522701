"""From what was said of a version to what its scored table's columns mean."""

from typing import Any

from apps.datasets.models import DatasetVersion
from apps.inventory.models import ModelVersion
from apps.measures.spec import Bins, Favourable, Protected, Spec, Task, group_label


def spec_of(version: ModelVersion, columns: dict[str, Any]) -> Spec:
    """The meaning of a scored table's columns.

    Args:
        columns: {scores: [column], prediction: column or None}, as the scoring named them.
    """
    said = version.said
    return Spec(
        task=Task(said.task),
        target=said.target,
        scores=tuple(columns["scores"]),
        prediction=columns.get("prediction"),
        threshold=said.threshold,
        score_kind=said.score_kind,
        score_direction=said.score_direction,
        positive_label=said.positive_label,
        favourable_label=said.favourable_label,
        classes=tuple(said.classes or ()),
        weight=said.weight,
        protected=tuple(_protected(attribute) for attribute in said.protected_attributes()),
        segments=tuple(said.segments),
        features=tuple(said.inputs),
        average=said.average or "macro",
        unit=said.unit or "",
        tolerance=said.tolerance,
        favourable=Favourable(said.favourable.operator, said.favourable.value) if said.favourable else None,
    )


def columns_to_keep(version: ModelVersion, table: DatasetVersion) -> tuple[str, ...]:
    """The columns that measures read beside the scores: outcome, weight, groups, segments and inputs."""
    said, there = version.said, {column["name"] for column in table.columns}
    wanted = [
        said.target,
        said.weight,
        *(attribute.column for attribute in said.protected_attributes()),
        *said.segments,
        *said.inputs,
    ]
    identity = table.metadata.get("id_column")
    return tuple(dict.fromkeys(name for name in wanted if name and name in there and name != identity))


def _protected(attribute: Any) -> Protected:
    bins = attribute.bins and Bins(tuple(attribute.bins.edges), attribute.bins.closed, tuple(attribute.bins.labels))
    group = attribute.reference_group
    return Protected(attribute.name, attribute.column, bins, None if group is None else group_label(group))
