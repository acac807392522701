"""Runs as a table: which columns there are, which a person chose, and what stands in them."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.tracking.models import ChosenColumns, Experiment, Logbook, Run

METRICS, PARAMS, TAGS = "metrics", "params", "tags"
SHOWN_BY_ITSELF = {METRICS: 4, PARAMS: 3}
OFFERED_FROM = 200  # of that many runs, the last to start, the columns are offered
MOST_COLUMNS = 20
OF_THE_CLIENT = "mlflow."


@dataclass(frozen=True)
class Column:
    """A figure that runs logged: `metrics.auc`."""

    kind: str
    key: str

    @classmethod
    def named(cls, name: str) -> "Column":
        kind, _, key = name.partition(".")
        return cls(kind, key)

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.key}"

    @property
    def is_number(self) -> bool:
        return self.kind == METRICS

    def asked(self, way: str) -> str:
        """An order by this column in MLflow's words."""
        return f"{self.kind}.`{self.key.replace('`', '``')}` {way}"


@dataclass
class Line:
    """A run on a list, with what it logged as mappings."""

    run: Run
    logged: dict[str, dict[str, Any]]

    def cell(self, column: Column) -> Any:
        return self.logged[column.kind].get(column.key)

    def cells(self, columns: Sequence[Column]) -> list[dict[str, Any]]:
        return [{"column": column, "value": self.cell(column)} for column in columns]


def line_of(run: Run) -> Line:
    """`run` with what its logbook shows."""
    return Line(run, logged(run.logbook))  # type: ignore[attr-defined]


def logged(book: Logbook) -> dict[str, dict[str, Any]]:
    """The latest metrics, the parameters and the tags of a run, by key. What is no number is "NaN"."""
    return {
        name: {one["key"]: one["value"] for one in json.loads(text)}
        for name, text in ((METRICS, book.metrics), (PARAMS, book.params), (TAGS, book.tags))
    }


def chosen_columns(user: User, experiment: Experiment, lines: Iterable[Line]) -> list[Column]:
    """The columns that `user` chose for this experiment; else those that most of the shown runs have."""
    kept = ChosenColumns.objects.filter(owner=user, experiment=experiment).first()
    if kept is not None:
        return [Column.named(name) for name in kept.columns]
    common: Counter[Column] = Counter()
    for line in lines:
        common.update(Column(kind, key) for kind in SHOWN_BY_ITSELF for key in line.logged[kind])
    return [
        column
        for kind, most in SHOWN_BY_ITSELF.items()
        for column, _ in [pair for pair in common.most_common() if pair[0].kind == kind][:most]
    ]


def offered_columns(experiment: Experiment) -> list[Column]:
    """The columns that the experiment's last runs have: metrics, then parameters, then the team's own tags."""
    books = Logbook.objects.filter(run__experiment=experiment).order_by("-run__started_ms")[:OFFERED_FROM]
    found = {Column(kind, key) for book in books for kind, values in logged(book).items() for key in values}
    own = [column for column in found if column.kind != TAGS or not column.key.startswith(OF_THE_CLIENT)]
    kinds = (METRICS, PARAMS, TAGS)
    return sorted(own, key=lambda column: (kinds.index(column.kind), column.key))


def keep_columns(*, owner: User, experiment: Experiment, columns: Sequence[str]) -> None:
    """Remember what `owner` wants to see of an experiment; nothing chosen is what most runs have."""
    kept = ChosenColumns.objects.filter(owner=owner, experiment=experiment)
    if columns:
        chosen = {"columns": list(columns)[:MOST_COLUMNS]}
        ChosenColumns.objects.update_or_create(owner=owner, experiment=experiment, defaults=chosen)
    else:
        kept.delete()
