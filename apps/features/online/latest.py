"""The row that counts for each key at a moment, and what that changes in a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from apps.datasets.intake.engine import identifier, literal
from apps.features.definitions import FeatureDefinition
from apps.features.joining import Rows
from apps.features.joining.engine import joining, micros, parquet
from apps.features.online.keys import sql_key
from apps.features.online.stores import Row, Store
from apps.features.statements.composing import apart, valued

if TYPE_CHECKING:
    import duckdb

PIECE = 5_000
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Written:
    """What a materialisation came to.

    Attributes:
        keys: entities that have a row; written, removed: those of them that were new or other, and those gone.
        newest: the latest event among them, in microseconds since 1970; None where there are none.
    """

    keys: int
    written: int
    removed: int
    newest: int | None


def latest(rows: Rows, target: Path, as_of: int) -> None:
    """Write the row of each key that counts at `as_of` to `target`, a Parquet file: key, both times, the features.

    Args:
        as_of: microseconds since 1970; what happened, or became known, later is left out.
    """
    event, created = micros(identifier(rows.event)), micros(identifier(rows.created))
    keys = [(key, f"key_{number}") for number, key in enumerate(rows.keys)]
    renamed = ", ".join(f"{identifier(key)} AS {name}" for key, name in keys)
    named = ", ".join(name for _, name in keys)
    known = (
        f"SELECT {renamed}, {event} AS event FROM {parquet(rows.path)} "
        f"WHERE {event} <= {as_of} AND {created} <= {as_of} "
        f"AND {' AND '.join(f'{identifier(key)} IS NOT NULL' for key in rows.keys)}"
    )
    same = " AND ".join(f"source.{identifier(key)} = best.{identifier(f'of {name}')}" for key, name in keys)
    best = ", ".join(f"{name} AS {identifier(f'of {name}')}" for _, name in keys)
    values = ", ".join(valued(one.feature) for one in rows.chosen)
    query = f"""
        SELECT {sql_key(list(rows.keys), "source.")} AS "the key", {event} AS "the event",
            {created} AS "the creation", {values}
        FROM {parquet(rows.path, numbered=True)} AS source
        JOIN (SELECT {best}, max(event) AS "of event" FROM ({known}) GROUP BY {named}) AS best
        ON {same} AND {event} = best."of event" AND {created} <= {as_of}
        QUALIFY row_number() OVER (PARTITION BY "the key" ORDER BY "the creation" DESC, file_row_number DESC) = 1
    """
    with joining([rows.path, target], target.parent) as connection:
        connection.execute(f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet, USE_TMP_FILE false)")


def put(
    features: Sequence[FeatureDefinition], version: int, found: Path, into: Store, as_of: int, progress: Progress
) -> Written:
    """Bring a store to what `latest` found: write what is new or other, take out what is gone, touch nothing else."""
    with joining([found], found.parent) as connection:
        connection.execute(f"CREATE TABLE latest AS {_contents(features, found)}")
        _remember(connection, into.marks(version))
        keys, newest = connection.execute("SELECT count(*), max(event) FROM latest").fetchone()
        written = removed = 0
        for rows in _pieces(connection, "FROM latest ANTI JOIN stored USING (key, mark)"):
            into.write(version, [Row(*row) for row in rows], as_of)
            written += len(rows)
            progress(written / max(keys, 1), f"{written:,} of {keys:,} keys were new or other")
        gone = connection.execute("SELECT key FROM stored ANTI JOIN latest USING (key)")
        while names := [key for (key,) in gone.fetchmany(PIECE)]:
            into.remove(version, names, as_of)
            removed += len(names)
    return Written(keys, written, removed, newest)


def _contents(features: Sequence[FeatureDefinition], found: Path) -> str:
    """Key, both times, the features as a JSON object, and a mark of them."""
    fields = ", ".join(f"{literal(one.name)}, {_told(one)}" for one in features)
    return (
        "SELECT key, event, created, content, md5(concat(event, ' ', created, ' ', content)) AS mark FROM ("
        f'SELECT "the key" AS key, "the event" AS event, "the creation" AS created, '
        f"CAST(json_object({fields}) AS VARCHAR) AS content FROM {parquet(found)})"
    )


def _told(one: FeatureDefinition) -> str:
    """A feature's value as JSON spells it; what is no finite number is missing."""
    value = apart(one)
    if one.type == "number":
        return f"CASE WHEN isfinite({value}) THEN {value} END"
    return f"strftime({value}, '%Y-%m-%dT%H:%M:%S.%fZ')" if one.type == "timestamp" else value


def _remember(connection: duckdb.DuckDBPyConnection, marks: Iterator[tuple[str, str]]) -> None:
    """What the store has, as a table to compare with."""
    import pyarrow as pa

    schema = pa.schema([("key", pa.string()), ("mark", pa.string())])
    connection.execute("CREATE TABLE stored (key VARCHAR, mark VARCHAR)")
    piece: list[tuple[str, str]] = []
    for one in marks:
        piece.append(one)
        if len(piece) == 10 * PIECE:
            _append(connection, piece, schema)
            piece = []
    _append(connection, piece, schema)


def _append(connection: duckdb.DuckDBPyConnection, piece: Sequence[tuple[str, str]], schema: object) -> None:
    import pyarrow as pa

    if piece:
        keys, marks = zip(*piece, strict=True)
        connection.register("piece", pa.table([pa.array(keys), pa.array(marks)], schema=schema))
        connection.execute("INSERT INTO stored SELECT * FROM piece")
        connection.unregister("piece")


def _pieces(connection: duckdb.DuckDBPyConnection, source: str) -> Iterator[list[tuple[object, ...]]]:
    found = connection.execute(f"SELECT key, event, created, content, mark {source}")
    while rows := found.fetchmany(PIECE):
        yield rows
