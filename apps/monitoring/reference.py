"""What a version looked like when it was approved: the rows it was tested on, and what their columns mean."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from apps.core.errors import Gone
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tables import table_path
from apps.evaluations.models import Evaluation
from apps.evaluations.specs import columns_to_keep, spec_of
from apps.files.services import open_blob, path_of
from apps.inventory.models import ModelVersion
from apps.measures.profiles import DECISION, Profile
from apps.measures.spec import Spec, Task, group_label
from apps.measures.tables import Table, quoted
from apps.monitoring.models import Plan

TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}  # DuckDB's, of a stored table's columns


@dataclass(frozen=True)
class Reference:
    """The scored evaluation table of a version.

    Attributes:
        path: the Parquet file.
        spec: its columns' meaning; decisions follow from the scores, as predictions come without them.
        columns: the columns that predictions bring beside their score, with DuckDB's type of each.
        target_type: DuckDB's type of the outcome.
        remembered: the labels of the outcome, where the rows are no longer here and only their counts are.
    """

    path: Path
    spec: Spec
    columns: dict[str, str]
    target_type: str
    remembered: tuple[str, ...] | None = None

    @property
    def classifies(self) -> bool:
        return self.spec.task is not Task.REGRESSION

    @cached_property
    def outcomes(self) -> list[str]:
        """The labels that the outcome had, as groups are labelled; empty for estimates."""
        if not self.classifies or self.spec.target is None:
            return []
        named = [self.spec.positive_label, *self.spec.classes]
        return sorted(self._met() | {group_label(value) for value in named if value is not None})

    def _met(self) -> set[str]:
        if self.remembered is not None:
            return set(self.remembered)
        with Table(self.path) as table:
            found = table.rows(f"SELECT DISTINCT {quoted(str(self.spec.target))} FROM data")
        return {group_label(value) for (value,) in found if value is not None}

    def frozen(self) -> Profile:
        """The counts that windows are held beside."""
        return Profile.freeze(self.path, self.spec)


def reference_of(plan: Plan) -> Reference:
    """The reference that a plan compares with; from its frozen counts where its rows were erased since.

    Raises:
        Gone: they were, before anything was counted.
    """
    try:
        return _of(plan.version, plan.evaluation)
    except Gone:
        if plan.profile_id is None:
            raise
        return _remembered(plan.version, plan.evaluation, frozen_profile(plan))


def frozen_profile(plan: Plan) -> Profile:
    """The plan's frozen counts: as kept, or counted from the same bytes where its job has not run yet."""
    if plan.profile_id is None:
        return reference_of(plan).frozen()
    with open_blob(plan.profile_id) as file:
        return Profile.from_dict(json.loads(file.read()))


def _of(version: ModelVersion, evaluation: Evaluation) -> Reference:
    table = DatasetVersion.objects.get(reference=version.metadata["evaluation_data"])
    path = table_path(table) if evaluation.predictions_id is None else path_of(evaluation.predictions_id)
    with Table(path) as opened:
        types = dict(opened.types)
    return _meaning(version, evaluation, table, types, path)


def _remembered(version: ModelVersion, evaluation: Evaluation, profile: Profile) -> Reference:
    table = DatasetVersion.objects.get(reference=version.metadata["evaluation_data"])
    types = {column["name"]: TYPES[column["type"]] for column in table.columns}
    types |= {name: "DOUBLE" for name in profile.axes if name not in types and name != DECISION}
    target = profile.axes.get(version.said.target)
    meaning = _meaning(version, evaluation, table, types, Path())
    return replace(meaning, remembered=target.levels if target is not None else ())


def _meaning(
    version: ModelVersion, evaluation: Evaluation, table: DatasetVersion, types: dict[str, str], path: Path
) -> Reference:
    kept = columns_to_keep(version, table)
    scores = _scores(types, kept, table) if evaluation.predictions_id else _named(table.metadata.get("score"))
    spec = replace(spec_of(version, {"scores": scores, "prediction": None}), weight=None)
    apart = {version.said.target, version.said.weight, *scores}
    brought = {name: types[name] for name in kept if name in types and name not in apart}
    return Reference(path, spec, brought, types.get(version.said.target, "VARCHAR"))


def _scores(types: dict[str, str], kept: tuple[str, ...], table: DatasetVersion) -> list[str]:
    """The score columns among those that scoring added after the kept ones."""
    known = {*kept, table.metadata.get("id_column")}
    added = [name for name in types if name not in known]
    return [name for name in added if name.removeprefix("model_").startswith("score")]


def _named(score: Any) -> list[str]:
    if not score:
        return []
    return [score] if isinstance(score, str) else list(score)
