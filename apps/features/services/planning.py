"""What a training set is to be made of, held against what there is: all that can be refused before the join."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.accounts.models import User
from apps.core.errors import BadInput, RuleViolated
from apps.core.written import Unreadable
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.selecting import StatementRefused, check
from apps.datasets.selectors.tables import columns, require_rows
from apps.features.definitions import ViewDefinition, read_view
from apps.features.joining.holding import Leak
from apps.features.models import FeatureView, FeatureViewVersion
from apps.features.services.reading import newest_version, schema_of
from apps.features.statements.checking import family, require_sound, shape
from apps.features.statements.composing import TABLE, rows_of

if TYPE_CHECKING:
    import pyarrow as pa

MOST_VIEWS = 20
MOST_COLUMNS = 1_900
TIMES = ("date", "timestamp")
STRICTEST = [str(level) for level in reversed(Dataset.Classification)]


@dataclass(frozen=True)
class Asked:
    """Features of one view, as somebody asks for them.

    Attributes:
        features: by name; all of the view's where there are none.
        keys: the labels' column for a key of the view, where it isn't the same name.
        prefix: put before each feature's name in the result.
        source: the version that the view is made of; its source's newest by default.
    """

    view: FeatureViewVersion
    features: Sequence[str] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    source: DatasetVersion | None = None


@dataclass(frozen=True)
class Plan:
    """What was asked for, complete and without contradiction; `views` as `TrainingSet.views` keeps them."""

    labels: DatasetVersion
    label_time: str
    target: str
    asked: tuple[Asked, ...]
    sources: tuple[DatasetVersion, ...]

    @property
    def views(self) -> list[dict[str, Any]]:
        return [
            {
                "view": one.view.reference,
                "source": source.reference,
                "keys": {key: one.keys.get(key, key) for key in one.view.definition.keys},
                "features": [feature.name for feature in chosen(one)],
                "prefix": one.prefix,
            }
            for one, source in zip(self.asked, self.sources, strict=True)
        ]

    @property
    def classification(self) -> str:
        """The strictest of everything that goes in."""
        found = {self.labels.dataset.classification, *(source.dataset.classification for source in self.sources)}
        return next(level for level in STRICTEST if level in found)


def plan(
    *, actor: User, labels: DatasetVersion, asked: Sequence[Asked], label_time: str = "", target: str = ""
) -> Plan:
    """Hold what is asked for against what there is.

    Args:
        label_time: the labels' column of their moments; by default what their metadata calls their time.
        target: the column that is to be learnt; by default what their metadata calls their target.

    Raises:
        PermissionDenied: `actor` may not read the rows of the labels or of a source.
        BadInput: something named isn't there, or doesn't fit; by field.
        Leak: a view reads the target.
        RuleViolated: a view was never in force, or is archived.
        Gone: rows that it takes were disposed of.
    """
    require_rows(actor, labels)
    if not 1 <= len(asked) <= MOST_VIEWS:
        raise BadInput(errors={"views": [f"Name from 1 to {MOST_VIEWS} views."]})
    label_time = label_time or str(labels.metadata.get("time_column", ""))
    target = target or str(labels.metadata.get("target", ""))
    _require_once(asked)
    schema = schema_of(labels)
    _require_label_columns(labels, schema, label_time, target)
    sources = tuple(_source(actor, one, f"views[{place}]") for place, one in enumerate(asked))
    for place, (one, source) in enumerate(zip(asked, sources, strict=True)):
        _require_view(one, source, schema, target, f"views[{place}]")
    found = Plan(labels, label_time, target, tuple(asked), sources)
    _require_names_apart(found)
    return found


def _require_once(asked: Sequence[Asked]) -> None:
    references = [one.view.reference for one in asked]
    for place, reference in enumerate(references):
        if reference in references[:place]:
            raise BadInput(
                errors={f"views[{place}].view": [f"{reference} is named already. Name its features there."]}
            )


def chosen(one: Asked) -> list[Any]:
    """The features that are asked for, in the view's order."""
    every = one.view.definition.features
    return [feature for feature in every if not one.features or feature.name in one.features]


def _require_label_columns(labels: DatasetVersion, schema: pa.Schema, label_time: str, target: str) -> None:
    there = set(schema.names)
    if not label_time:
        raise BadInput(
            errors={
                "label_time": [f"Name the column of {labels.reference} that says at which moment a label was given."]
            }
        )
    for name, column in (("label_time", label_time), ("target", target)):
        if column and column not in there:
            raise BadInput(errors={name: [f"{labels.reference} has no column “{column}”."]})
    found = family(schema.field(label_time).type)
    if found not in TIMES:
        raise BadInput(errors={"label_time": [f"“{label_time}” is {found}; a moment is a date or a timestamp."]})


def _source(actor: User, one: Asked, where: str) -> DatasetVersion:
    version, view = one.view, one.view.view
    if version.status not in FeatureViewVersion.USABLE or view.status != FeatureView.Status.ACTIVE:
        status = version.get_status_display().lower()
        raise RuleViolated(
            f"{version.reference} is {status}: a training set takes what was reviewed and put into force."
        )
    source = one.source or newest_version(view.source)
    if source is None or source.dataset_id != view.source_id:
        raise BadInput(errors={f"{where}.source": [f"{version.reference} is made of {view.source.reference}."]})
    require_rows(actor, source)
    return source


def _require_view(one: Asked, source: DatasetVersion, labels: pa.Schema, target: str, where: str) -> None:
    definition, schema = one.view.definition, schema_of(source)
    try:
        require_sound(*read_view(one.view.text), schema)
    except Unreadable as refused:
        said = f"{one.view.reference} can't stand over {source.reference} any more: {refused}"
        raise BadInput(errors={f"{where}.source": [said]}) from None
    unknown = [name for name in one.features if definition.feature(name) is None]
    if unknown:
        raise BadInput(errors={f"{where}.features": [f"{one.view.reference} has no feature “{unknown[0]}”."]})
    wrong = next(_wrong_keys(one, definition, shape(definition, schema), labels), None)
    if wrong:
        raise BadInput(errors={f"{where}.keys": [wrong]})
    if target and target in schema.names:
        _require_no_target(one, definition, schema, target)


def _wrong_keys(one: Asked, definition: ViewDefinition, rows: pa.Schema, labels: pa.Schema) -> Iterator[str]:
    for key in one.keys:
        if key not in definition.keys:
            yield f"“{key}” is no key of {one.view.reference}; its keys are {', '.join(definition.keys)}."
    for key in definition.keys:
        column = one.keys.get(key, key)
        if column not in labels.names:
            yield f"The labels have no column “{column}” for the key “{key}”."
        elif family(labels.field(column).type) != family(rows.field(key).type):
            ours, theirs = family(labels.field(column).type), family(rows.field(key).type)
            yield f"“{column}” is {ours} in the labels, and the key “{key}” is {theirs}: they would never match."


def _require_no_target(one: Asked, definition: ViewDefinition, schema: pa.Schema, target: str) -> None:
    """Refuse a view that can't do without the labels' target: it is bound to its source without that column."""
    without = schema.remove(schema.get_field_index(target))
    try:
        check(rows_of(definition, chosen(one)), tables={TABLE: without})
    except StatementRefused:
        raise Leak(
            f"{one.view.reference} reads “{target}”, which is what the labels are to teach. If it is an earlier "
            "outcome, give the column a name of its own in the source."
        ) from None


def _require_names_apart(found: Plan) -> None:
    taken = {name.casefold(): found.labels.reference for name in columns(found.labels)}
    for place, one in enumerate(found.asked):
        for feature in chosen(one):
            column = f"{one.prefix}{feature.name}"
            other = taken.get(column.casefold())
            if other is not None:
                said = f"There is a “{column}” in {other} already. Give {one.view.reference} a prefix."
                raise BadInput(errors={f"views[{place}].prefix": [said]})
            taken[column.casefold()] = one.view.reference
    if len(taken) > MOST_COLUMNS:
        raise BadInput(errors={"views": [f"That makes {len(taken):,} columns; at most {MOST_COLUMNS:,} are made."]})
