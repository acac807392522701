"""Rows that were added, removed or changed: by a key, or as a multiset of whole rows where there is none.

Rows are joined or grouped once, over 64-bit hashes of what is compared (two of them where there is no key); which
columns changed is then counted cell by cell, exactly, a few columns at a time, so that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from apps.datasets.comparing.sides import HASH, ROW, Shared, Side, Unmatched
from apps.datasets.intake.engine import identifier
from apps.datasets.intake.limits import plural

if TYPE_CHECKING:
    import duckdb

COLUMNS_AT_ONCE = 32
EXAMPLES = 5
Progress = Callable[[float], None]


def by_key(
    connection: duckdb.DuckDBPyConnection,
    before: Side,
    after: Side,
    both: Sequence[Shared],
    key: Sequence[str],
    progress: Progress,
) -> dict[str, Any]:
    """Match rows by their key.

    Raises:
        Unmatched: the key is empty somewhere, or names several rows of a table.
    """
    keys = [column for column in both if column.name in key]
    compared = [column for column in both if column.name not in key]
    for side in (before, after):
        _require_unique(connection, side, key)
    in_place = all(column.same for column in keys)
    if in_place:  # the same rows in the same order: only columns of another digest can differ
        compared = [column for column in compared if not column.same]
    progress(0.1)
    join = _Join(before, after, keys, in_place=in_place)
    rows = _rows(connection, before, after, compared, join)
    if not rows["changed"]:
        return {"rows": rows, "cells": []}
    return {"rows": rows, "cells": list(_cells(connection, compared, rows, join, progress))}


def as_whole(
    connection: duckdb.DuckDBPyConnection, before: Side, after: Side, both: Sequence[Shared]
) -> dict[str, Any]:
    """Compare both tables as multisets of whole rows, over the columns that both have."""
    if not both:
        rows = {"added": after.rows, "removed": before.rows, "same": 0, "examples": {"added": [], "removed": []}}
        return {"rows": {"by": "whole_rows", "over": 0, "changed": None, **rows}, "cells": []}
    if all(column.same for column in both):
        found: tuple[Any, ...] = (0, 0, None, None)
    else:
        found = connection.execute(_multisets(before, after, both)).fetchone() or ()
    added, removed, new, old = found
    rows = {
        "by": "whole_rows",
        "over": len(both),
        "added": int(added or 0),
        "removed": int(removed or 0),
        "changed": None,
        "same": before.rows - int(removed or 0),
        "examples": {"added": new or [], "removed": old or []},
    }
    return {"rows": rows, "cells": []}


def _multisets(before: Side, after: Side, both: Sequence[Shared]) -> str:
    def hashed(side: Side, types: list[str], sign: int) -> str:
        cells = [column.sql(type_) for column, type_ in zip(both, types, strict=True)]
        one, other = ", ".join(cells), ", ".join(["'rows'", *reversed(cells)])
        return f"SELECT hash({one}) AS h, hash({other}) AS g, {sign} AS sign, {ROW} AS n FROM {side.table}"

    rows = " UNION ALL ".join(
        [hashed(after, [c.after for c in both], 1), hashed(before, [c.before for c in both], -1)]
    )
    grouped = (
        "SELECT sum(sign) AS d, min(n) FILTER (sign = 1) AS new, min(n) FILTER (sign = -1) AS old "
        f"FROM ({rows}) GROUP BY h, g"
    )
    return (
        "SELECT sum(d) FILTER (d > 0), -sum(d) FILTER (d < 0), "
        f"arg_min(new, new, {EXAMPLES}) FILTER (d > 0), arg_min(old, old, {EXAMPLES}) FILTER (d < 0) FROM ({grouped})"
    )


def _require_unique(connection: duckdb.DuckDBPyConnection, side: Side, key: Sequence[str]) -> None:
    told = ", ".join(f"“{name}”" for name in key)
    empty = max(int(side.columns[name]["nulls"]) for name in key)
    if empty:
        raise Unmatched(f"{told} is empty in {plural(empty, 'row')} of {side.name}, so rows can't be matched by it.")
    if len(key) == 1 and side.columns[key[0]]["distinct"] == side.rows:
        return
    names = ", ".join(identifier(name) for name in key)
    often = f"SELECT 1 FROM {side.table} GROUP BY {names} HAVING count(*) > 1"
    found = connection.execute(f"SELECT count(*) FROM ({often})").fetchone()
    if found and found[0]:
        several = plural(found[0], "value stands", "values stand")
        raise Unmatched(f"{told} doesn't name one row each: {several} in several rows of {side.name}.")


class _Join:
    """How a row of one table finds its row in the other."""

    def __init__(self, before: Side, after: Side, keys: Sequence[Shared], *, in_place: bool):
        self.before, self.after, self.keys, self.in_place = before, after, keys, in_place

    def sql(self, kind: str, columns: Sequence[str], *, hashed: Sequence[Shared] = ()) -> str:
        """The join of both sides, `b` before and `a` after, with these columns and the hash of those `hashed`."""
        sides = []
        for alias, side in (("b", self.before), ("a", self.after)):
            types = [c.before if alias == "b" else c.after for c in hashed]
            cells = ", ".join(column.sql(type_) for column, type_ in zip(hashed, types, strict=True))
            names = [identifier(column.name) for column in self.keys] if not self.in_place else []
            chosen = [ROW, *names, *columns, *([f"hash({cells}) AS {HASH}"] if cells else [])]
            sides.append(f"(SELECT {', '.join(dict.fromkeys(chosen))} FROM {side.table}) {alias}")
        if self.in_place:
            return f"{sides[0]} POSITIONAL JOIN {sides[1]}"
        on = " AND ".join(f"b.{identifier(c.name)} = a.{identifier(c.name)}" for c in self.keys)
        return f"{sides[0]} {kind} JOIN {sides[1]} ON {on}"


def _rows(
    connection: duckdb.DuckDBPyConnection, before: Side, after: Side, compared: Sequence[Shared], join: _Join
) -> dict[str, Any]:
    changed = f"count(*) FILTER (b.{HASH} <> a.{HASH})" if compared else "0"
    new, old = f"b.{ROW} IS NULL", f"a.{ROW} IS NULL"
    found = connection.execute(
        f"SELECT count(*) FILTER ({new}), count(*) FILTER ({old}), {changed}, "
        f"arg_min(a.{ROW}, a.{ROW}, {EXAMPLES}) FILTER ({new}), arg_min(b.{ROW}, b.{ROW}, {EXAMPLES}) FILTER ({old}) "
        f"FROM {join.sql('FULL OUTER', [], hashed=compared)}"
    ).fetchone()
    added, removed, altered, new_rows, old_rows = found or (0, 0, 0, None, None)
    return {
        "by": "key",
        "over": len(compared),
        "added": added,
        "removed": removed,
        "changed": altered,
        "same": before.rows - removed - altered,
        "examples": {"added": new_rows or [], "removed": old_rows or []},
    }


def _cells(
    connection: duckdb.DuckDBPyConnection,
    compared: Sequence[Shared],
    rows: dict[str, Any],
    join: _Join,
    progress: Progress,
) -> Iterator[dict[str, Any]]:
    """The columns in which cells changed, with how many and where the first of them are."""
    matched = rows["same"] + rows["changed"]
    for start in range(0, len(compared), COLUMNS_AT_ONCE):
        progress(0.3 + 0.7 * start / len(compared))
        group, parts = compared[start : start + COLUMNS_AT_ONCE], []
        for column in group:
            differs = f"{column.sql(column.before, 'b')} IS DISTINCT FROM {column.sql(column.after, 'a')}"
            places = f"[b.{ROW}, a.{ROW}]"
            parts += [
                f"count(*) FILTER ({differs})",
                f"arg_min({places}, b.{ROW}, {EXAMPLES}) FILTER ({differs})",
            ]
        names = [identifier(column.name) for column in group]
        found = iter(
            connection.execute(f"SELECT {', '.join(parts)} FROM {join.sql('INNER', names)}").fetchone() or ()
        )
        for column, count, examples in zip(group, found, found, strict=False):
            if count:
                yield {"column": column.name, "changed": count, "share": count / matched, "examples": examples}
