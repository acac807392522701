"""The join itself.

One window over labels and rows together does what an ASOF join can't: a row is put at the moment from which it could
be used (the later of its event and its creation), and a label sees the greatest event among all rows put before it.
So a row that arrives late is passed over until it was known, and never hides a later event that was known before it.
The features are fetched afterwards, for the rows that were found alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from apps.datasets.intake.engine import identifier, literal
from apps.features.joining.engine import MEMORY, joining, micros, parquet
from apps.features.joining.holding import require_no_target, require_times, require_when
from apps.features.joining.shapes import Joined, Labels, Rows, Tally
from apps.features.statements.composing import apart, valued

if TYPE_CHECKING:
    import duckdb

PLACE = "file_row_number"


def join(
    labels: Labels,
    views: Sequence[Rows],
    target: Path,
    *,
    memory: str = MEMORY,
    progress: Callable[[float, str], None] = lambda share, message: None,
) -> Joined:
    """Write the labels with their features to `target`, a Parquet file in the labels' order.

    Raises:
        Leak: a time is missing, or a feature tells the target; nothing is left at `target`.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="join-") as folder:
        files = [labels.path, target, *(rows.path for rows in views)]
        with joining(files, Path(folder), memory=memory) as connection:
            try:
                return _joined(connection, labels, views, target, progress)
            except BaseException:
                target.unlink(missing_ok=True)
                raise


def _joined(
    connection: duckdb.DuckDBPyConnection,
    labels: Labels,
    views: Sequence[Rows],
    target: Path,
    progress: Callable[[float, str], None],
) -> Joined:
    count, last = require_when(connection, labels)
    tallies = []
    for number, rows in enumerate(views):
        progress(number / (len(views) + 1), f"Joining {rows.view}")
        require_times(connection, rows, last)
        tallies.append(_take(connection, labels, rows, number, count, last))
    progress(len(views) / (len(views) + 1), "Writing the table")
    connection.execute(_result(connection, labels, views, target))
    if labels.target is not None:
        require_no_target(connection, target, labels.target, views)
    return Joined(count, tuple(tallies))


def _take(
    connection: duckdb.DuckDBPyConnection, labels: Labels, rows: Rows, number: int, count: int, last: int
) -> Tally:
    """Find the row of each label, then fetch its features into the table `found_<number>`."""
    connection.execute(f"CREATE TABLE best AS {_best(labels, rows, last)}")
    matched = "" if rows.ttl is None else f"WHERE moment - event <= {_micros(rows)}"
    keyed, known, fresh = connection.execute(
        f"SELECT count(*), count(event), count(event) {f'FILTER ({matched})' if matched else ''} FROM best"
    ).fetchone()
    found = identifier(f"found_{number}")
    connection.execute(f"CREATE TABLE {found} AS {_found(rows, matched)}")
    doubled = connection.execute(f"SELECT count(*) - count(DISTINCT place) FROM {found}").fetchone()[0]
    if doubled:
        connection.execute(
            f"CREATE OR REPLACE TABLE {found} AS SELECT * FROM {found} "
            "QUALIFY row_number() OVER (PARTITION BY place ORDER BY created DESC, number DESC) = 1"
        )
    connection.execute("DROP TABLE best")
    return Tally(rows.view, count - keyed, keyed - known, known - fresh, fresh, *_emptiness(connection, found, rows))


def _best(labels: Labels, rows: Rows, last: int) -> str:
    """For each label with its keys: the greatest event that had happened and was known at its moment, or NULL."""
    event, created = micros(identifier(rows.event)), micros(identifier(rows.created))
    ours, theirs = list(rows.keys), list(rows.keys.values())
    keys = [f"key_{number}" for number in range(len(ours))]
    row_keys = ", ".join(f"{identifier(name)} AS {key}" for name, key in zip(ours, keys, strict=True))
    label_keys = ", ".join(map(identifier, theirs))
    key = ", ".join(keys)
    return f"""
        SELECT place, {key}, moment, event FROM (
            SELECT place, {key}, moment, max(event) OVER (PARTITION BY {key} ORDER BY moment) AS event FROM (
                SELECT -1 AS place, {row_keys}, greatest({event}, {created}) AS moment, {event} AS event
                FROM {parquet(rows.path)} WHERE {_present(ours)} AND greatest({event}, {created}) <= {last}
                UNION ALL
                SELECT {PLACE}, {label_keys}, {micros(identifier(labels.time))}, NULL
                FROM {parquet(labels.path, numbered=True)} WHERE {_present(theirs)}
            )
        ) WHERE place >= 0
    """


def _found(rows: Rows, matched: str) -> str:
    """The features of the rows that were found; rows that share a label are still there, to keep the latest of."""
    same = [
        f"source.{identifier(name)} = best.{identifier(f'label key_{number}')}"
        for number, name in enumerate(rows.keys)
    ]
    renamed = ", ".join(f"key_{number} AS {identifier(f'label key_{number}')}" for number in range(len(rows.keys)))
    event, created = (f"source.{identifier(name)}" for name in (rows.event, rows.created))
    return f"""
        SELECT best."label place" AS place, {micros(created)} AS created, source.{PLACE} AS number,
            {", ".join(valued(one.feature) for one in rows.chosen)}
        FROM {parquet(rows.path, numbered=True)} AS source
        JOIN (
            SELECT place AS "label place", moment AS "label moment", event AS "label event", {renamed}
            FROM best {matched}
        ) AS best
        ON {" AND ".join(same)} AND {micros(event)} = best."label event" AND {micros(created)} <= best."label moment"
    """


def _emptiness(
    connection: duckdb.DuckDBPyConnection, found: str, rows: Rows
) -> tuple[dict[str, int], dict[str, int]]:
    """By column of the result: values that are missing in the row itself, and how many of these are not finite."""
    counts = []
    for one in rows.chosen:
        infinite = f"count(*) FILTER (NOT isfinite({apart(one.feature)}))" if one.feature.type == "number" else "0"
        counts += [f"count(*) - count({apart(one.feature)})", infinite]
    cells = connection.execute(f"SELECT {', '.join(counts)} FROM {found}").fetchone()
    pairs = list(zip(rows.chosen, cells[::2], cells[1::2], strict=True))
    return (
        {one.column: absent + infinite for one, absent, infinite in pairs},
        {one.column: infinite for one, absent, infinite in pairs},
    )


def _result(connection: duckdb.DuckDBPyConnection, labels: Labels, views: Sequence[Rows], target: Path) -> str:
    """The labels' own columns, then the features, in the labels' order."""
    names = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {parquet(labels.path)}").fetchall()]
    columns = [f"labels.{identifier(name)}" for name in names]
    joins = []
    for number, rows in enumerate(views):
        found = identifier(f"found_{number}")
        joins.append(f"LEFT JOIN {found} ON {found}.place = labels.{PLACE}")
        for one in rows.chosen:
            value = f"{found}.{apart(one.feature)}"
            finite = f"CASE WHEN isfinite({value}) THEN {value} END" if one.feature.type == "number" else value
            columns.append(f"{finite} AS {identifier(one.column)}")
    query = (
        f"SELECT {', '.join(columns)} FROM {parquet(labels.path, numbered=True)} AS labels "
        f"{' '.join(joins)} ORDER BY labels.{PLACE}"
    )
    return f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"


def _present(names: Sequence[str]) -> str:
    return " AND ".join(f"{identifier(name)} IS NOT NULL" for name in names)


def _micros(rows: Rows) -> int:
    assert rows.ttl is not None
    return int(rows.ttl.total_seconds()) * 1_000_000
