"""What a person says about a table's columns, and whether the table agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from apps.core.errors import BadInput
from apps.core.shapes import sentence
from apps.datasets.intake.columns import DATE, INTEGER, NUMERIC, TIMESTAMP, typed_label
from apps.datasets.intake.limits import plural
from apps.datasets.intake.profile import COUNTED_EXACTLY_UP_TO, Profile, distinct_count, distinct_values

Name = Annotated[str, Field(min_length=1, max_length=200)]
Label = bool | int | float | str


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Bins(Strict):
    """Bands of a number: `edges` ascending between them, one label more than edges."""

    edges: list[float | int] = Field(min_length=1, max_length=50)
    closed: Literal["left", "right"] = "right"
    labels: list[Name] | None = None

    @model_validator(mode="after")
    def _consistent(self):
        if any(low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError("The edges have to ascend.")
        if self.labels is not None and len(self.labels) != len(self.edges) + 1:
            wanted = plural(len(self.edges) + 1, "band")
            raise ValueError(f"The edges make {wanted}, and there are {plural(len(self.labels), 'label')}.")
        return self


class Protected(Strict):
    """A protected attribute: a column as it is, or in bands; groups are compared with `reference_group`."""

    name: Name
    column: Name
    bins: Bins | None = None
    reference_group: Label | None = None


ColumnOrAttribute = Annotated[
    Annotated[Name, Tag("(column)")] | Annotated[Protected, Tag("(attribute)")],
    Discriminator(lambda said: "(attribute)" if isinstance(said, dict | Protected) else "(column)"),
]
Scores = Annotated[
    Annotated[Name, Tag("(column)")] | Annotated[list[Name], Field(min_length=1, max_length=1_000), Tag("(columns)")],
    Discriminator(lambda said: "(columns)" if isinstance(said, list) else "(column)"),
]


class TableMetadata(Strict):
    """Which column plays which part. Everything is optional; what is said has to be so."""

    target: Name | None = None
    labels: list[Label] | None = Field(None, min_length=2, max_length=1_000)  # the only ones the target may hold
    id_column: Name | None = None
    protected: list[ColumnOrAttribute] = Field(default_factory=list, max_length=50)
    score: Scores | None = None
    prediction: Name | None = None
    weight: Name | None = None
    time_column: Name | None = None

    def as_dict(self) -> dict[str, Any]:
        return self.model_dump(exclude_defaults=True)

    def protected_columns(self) -> list[str]:
        return [item if isinstance(item, str) else item.column for item in self.protected]

    def scores(self) -> list[str]:
        return [self.score] if isinstance(self.score, str) else list(self.score or [])


def read_metadata(said: Any) -> TableMetadata:
    """Metadata as sent.

    Raises:
        BadInput: a field is unknown or has another shape; `errors` names it as "metadata.protected[0].bins".
    """
    try:
        return TableMetadata.model_validate({} if said is None else said)
    except ValidationError as found:
        errors: dict[str, list[str]] = {}
        for error in found.errors(include_url=False):
            sentences = errors.setdefault(_where(error["loc"]), [])
            if (told := _sentence(error)) not in sentences:
                sentences.append(told)
        raise BadInput(errors=errors) from None


def check_metadata(metadata: TableMetadata, table: Path, profile: Profile) -> None:
    """Hold what was said against the stored table.

    Raises:
        BadInput: they contradict each other; every contradiction is named at its field.
    """
    errors: dict[str, list[str]] = {}
    for where, told in _contradictions(metadata, table, profile):
        errors.setdefault(f"metadata.{where}", []).append(told)
    if errors:
        raise BadInput(errors=errors)


def unseen_labels(table: Path, target: str, column_type: str, labels: list[Any]) -> list[Any]:
    """Up to five values of `target` in the stored table that are none of `labels`, compared as the column's type."""
    known = set()
    for label in labels:
        try:
            known.add(typed_label(label, column_type))
        except ValueError:
            continue  # the column can't hold it, so it isn't there
    return [value for value in distinct_values(table, target, limit=len(known) + 5) if value not in known][:5]


def _contradictions(metadata: TableMetadata, table: Path, profile: Profile) -> Iterator[tuple[str, str]]:
    named = dict(_parts(metadata))
    known = {column.name for column in profile.columns}
    for where, name in named.items():
        if name not in known:
            yield where, f"There is no column “{name}” in this file."
    yield from _twice(named)
    present = {where: profile.column(name) for where, name in named.items() if name in known}
    for where, column in present.items():
        check = _CHECKS.get(where.partition("[")[0])
        if check is not None:
            yield from ((where, told) for told in check(column, table, profile, metadata))


def _parts(metadata: TableMetadata) -> Iterator[tuple[str, str]]:
    for part in ("target", "id_column", "prediction", "weight", "time_column"):
        if (name := getattr(metadata, part)) is not None:
            yield part, name
    if isinstance(metadata.score, str):
        yield "score", metadata.score
    else:
        yield from ((f"score[{place}]", name) for place, name in enumerate(metadata.score or []))
    for place, item in enumerate(metadata.protected):
        yield (f"protected[{place}]", item) if isinstance(item, str) else (f"protected[{place}].column", item.column)


def _twice(named: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The target is nothing else, and no column is two of the other parts; a protected column may well be one."""
    exclusive = {where: name for where, name in named.items() if not where.startswith("protected")}
    for name, times in Counter(exclusive.values()).items():
        if times > 1:
            parts = [where for where, other in exclusive.items() if other == name]
            yield parts[-1], f"“{name}” can't be {' and '.join(part.replace('_', ' ') for part in parts)} at once."


def _target(column, table, profile, metadata) -> Iterator[str]:
    if not column.distinct:
        yield f"“{column.name}” is empty in every row, so there is nothing to learn or to judge by."
    elif column.distinct == 1:
        yield f"“{column.name}” has the same value in every row, so there is nothing to tell apart."
    elif metadata.labels is not None:
        unseen = unseen_labels(table, column.name, column.type, metadata.labels)
        if unseen:
            listed = ", ".join(f"“{value}”" for value in unseen)
            yield f"“{column.name}” holds labels that were not announced: {listed}."


def _id_column(column, table, profile, metadata) -> Iterator[str]:
    if column.nulls:
        yield f"“{column.name}” is empty in {plural(column.nulls, 'row')}; an id names every row."
    distinct = column.distinct
    if profile.rows > COUNTED_EXACTLY_UP_TO:
        distinct = distinct_count(table, column.name)
    repeated = profile.rows - column.nulls - distinct
    if repeated > 0:
        yield f"“{column.name}” repeats itself in {plural(repeated, 'row')}; an id names one row."


def _score(column, table, profile, metadata) -> Iterator[str]:
    if column.type not in NUMERIC:
        yield f"“{column.name}” is {column.type}; a score is a number."


def _weight(column, table, profile, metadata) -> Iterator[str]:
    if column.type not in NUMERIC:
        yield f"“{column.name}” is {column.type}; a weight is a number."
    elif column.nulls:
        yield f"“{column.name}” is empty in {plural(column.nulls, 'row')}; every row needs its weight."
    elif float(column.min) < 0:
        yield f"“{column.name}” goes down to {column.min}; a weight is not negative."


def _time(column, table, profile, metadata) -> Iterator[str]:
    if column.type not in (DATE, TIMESTAMP, INTEGER):
        yield f"“{column.name}” is {column.type}; a time is a date, a timestamp or a whole number such as a year."


_CHECKS = {"target": _target, "id_column": _id_column, "score": _score, "weight": _weight, "time_column": _time}


def _where(place: tuple[int | str, ...]) -> str:
    """("protected", 0, "Protected", "bins") -> "metadata.protected[0].bins"; the names of alternatives are ours."""
    path = "metadata"
    for step in place:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step in _FIELDS:
            path += f".{step}"
    return path


def _sentence(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return f"There is no field “{error['loc'][-1]}”."
    return sentence(error)


_FIELDS = {*TableMetadata.model_fields, *Protected.model_fields, *Bins.model_fields}
