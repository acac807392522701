"""The two tables of a comparison, and how a cell of one stands beside a cell of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.core.errors import BadInput
from apps.datasets.intake.columns import NUMERIC, TIMESTAMP
from apps.datasets.intake.engine import identifier, literal

# no column's name holds a control character, so these are nobody's
ROW = identifier("\x01row")
HASH = identifier("\x01hash")
COUNTED = "file_row_number"  # what DuckDB calls a row's place, unless a column has the name


@dataclass(frozen=True)
class Side:
    """One stored table.

    Attributes:
        name: what sentences call it: DS-0001@2.
        columns: by name {name, type, nulls, distinct, digest, …}, in the table's order.
        details: its profile, by column.
    """

    name: str
    path: Path
    digest: str
    rows: int
    columns: Mapping[str, Mapping[str, Any]]
    details: Mapping[str, Mapping[str, Any]]

    def type(self, column: str) -> str:
        return str(self.columns[column]["type"])

    @property
    def table(self) -> str:
        """The table in SQL, with the place of each row from 0 on as ROW."""
        file = literal(str(self.path))
        if COUNTED in map(str.lower, self.columns):
            return f"(SELECT *, row_number() OVER () - 1 AS {ROW} FROM read_parquet({file}))"
        return f"(SELECT *, {COUNTED} AS {ROW} FROM read_parquet({file}, file_row_number = true))"


class Unmatched(BadInput):
    """The rows of two tables can't be matched by that key: a fact about both, which asking again doesn't change."""

    def __init__(self, sentence: str) -> None:
        super().__init__(errors={"key": [sentence]})


@dataclass(frozen=True)
class Shared:
    """A column that both tables have: how its cells are compared.

    Attributes:
        same: whether all of its cells are known to be equal, row by row in the stored order.
    """

    name: str
    before: str
    after: str
    same: bool

    @property
    def retyped(self) -> bool:
        return self.before != self.after

    def sql(self, type_: str, of: str = "") -> str:
        """A cell (of the table called `of`) in SQL, such that equal ones are equal whatever their type is."""
        cell = f"{of}.{identifier(self.name)}" if of else identifier(self.name)
        if not self.retyped:
            return f"{cell}::TIMESTAMP" if type_ == TIMESTAMP else cell
        if self.before in NUMERIC and self.after in NUMERIC:
            return f"{cell}::DOUBLE"
        return f"{cell}::VARCHAR"


def shared(before: Side, after: Side) -> list[Shared]:
    """The columns that both have, in the order of `after`."""
    return [
        Shared(
            name,
            before.type(name),
            after.type(name),
            before.columns[name]["digest"] == column["digest"] and before.type(name) == after.type(name),
        )
        for name, column in after.columns.items()
        if name in before.columns
    ]


def schema(before: Side, after: Side, both: Sequence[Shared]) -> dict[str, Any]:
    """Columns added, removed, retyped and moved; how many say the very same, by their digests."""
    order = [name for name in before.columns if name in after.columns]
    return {
        "added": [_named(after, name) for name in after.columns if name not in before.columns],
        "removed": [_named(before, name) for name in before.columns if name not in after.columns],
        "retyped": [{"name": c.name, "before": c.before, "after": c.after} for c in both if c.retyped],
        "moved": order != [column.name for column in both],
        "same": sum(column.same for column in both),
        "changed": [column.name for column in both if not column.same],
    }


def _named(side: Side, name: str) -> dict[str, str]:
    return {"name": name, "type": side.type(name)}
