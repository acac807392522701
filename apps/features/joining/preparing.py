"""The rows of a view whose SQL looks at more than one row: computed once, into a file of their own, and tested.

Such SQL can bring the future back in more ways than can be told from its text: a month's sum under the month's first
day, a running mean that counts what arrived late. So the past is computed again without what came later, and every
row that was known at that moment must come out the same. (There may be further ones then: the beginning of a month,
which its whole took the place of.) One thread computes, so that sums are the same to the last bit each time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from apps.datasets.intake.engine import identifier, literal
from apps.datasets.intake.limits import plural
from apps.datasets.selecting import select
from apps.features.definitions import FeatureDefinition, ViewDefinition
from apps.features.joining.engine import joining, micros, parquet
from apps.features.joining.holding import Leak
from apps.features.statements.composing import TABLE, rows_of

if TYPE_CHECKING:
    import duckdb

SECONDS = 1_800
MEMORY = "1GB"
CUTS = (0.25, 0.5, 0.75)  # of the moments from which the source's rows were known
CLOSE = 1e-9  # by which part of its size a number may differ and still be the same


def prepare(view: ViewDefinition, name: str, source: Path, target: Path) -> None:
    """Compute a view's rows over `source` into `target`, a Parquet file.

    Args:
        name: what refusals call the view.

    Raises:
        Leak: what was known at a moment comes out otherwise when what came later is left out.
        BadInput: the SQL may not stand over this source, or did not come to its end.
    """
    compute(view, view.features, source, target)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="cut-") as folder:
        past, again = Path(folder) / "past.parquet", Path(folder) / "again.parquet"
        for moment in _moments(view, source, Path(folder)):
            _cut(view, source, moment, past)
            compute(view, view.features, past, again)
            _require_same(view, name, target, again, moment)
            past.unlink()
            again.unlink()


def compute(view: ViewDefinition, features: Sequence[FeatureDefinition], source: Path, target: Path) -> None:
    """A view's rows over `source` as a Parquet file, in stored types."""
    import pyarrow.parquet as pq

    sql = rows_of(view, features)
    with (
        select(sql, {TABLE: source}, seconds=SECONDS, memory=MEMORY, threads=1) as reader,
        pq.ParquetWriter(target, reader.schema, compression="zstd") as writer,
    ):
        for batch in reader:
            writer.write_batch(batch)


def _moments(view: ViewDefinition, source: Path, folder: Path) -> list[int]:
    """The moments at which the past is cut off, in microseconds: some of those at which rows became known."""
    known = _known(view)
    quantiles = ", ".join(str(cut) for cut in CUTS)
    with joining([source], folder) as connection:
        found = connection.execute(f"SELECT quantile_disc({known}, [{quantiles}]) FROM {parquet(source)}").fetchone()
    return sorted({moment for moment in found[0] or () if moment is not None})


def _cut(view: ViewDefinition, source: Path, moment: int, past: Path) -> None:
    """The rows of the source that were known at `moment`, in their order."""
    query = f"SELECT * FROM {parquet(source)} WHERE {_known(view)} <= {moment}"
    with joining([source, past], past.parent) as connection:
        connection.execute(f"COPY ({query}) TO {literal(str(past))} (FORMAT parquet, USE_TMP_FILE false)")


def _require_same(view: ViewDefinition, name: str, whole: Path, again: Path, moment: int) -> None:
    with joining([whole, again], again.parent) as connection:
        for table, path in (("whole", whole), ("again", again)):
            connection.execute(f"CREATE VIEW {table} AS {_numbered(view, path, moment)}")
        count, moved = connection.execute(_moved(view)).fetchone()
        if not moved:
            return
        raise Leak(
            f"{plural(moved, 'row')} of {count:,} of {name} that were known on {_day(connection, moment)} come out "
            f"otherwise when what came later is left out{_blamed(connection, view)}. Its SQL looks ahead: let "
            f"{view.event_time} be the last event that a row is made of, and {view.created_time} the moment from "
            "which all of it was known."
        )


def _numbered(view: ViewDefinition, path: Path, moment: int) -> str:
    """The rows known at `moment`, those of the same keys and times numbered."""
    named = ", ".join(f"{identifier(key)} AS {name}" for key, name in _keys(view))
    keys = ", ".join(name for _, name in _keys(view))
    times = f"{micros(identifier(view.event_time))} AS moment, {_known(view)} AS known"
    values = ", ".join(f"{identifier(one.name)} AS {_value(one)}" for one in view.features)
    ordered = ", ".join(_value(one) for one in view.features)
    return (
        f"SELECT *, row_number() OVER (PARTITION BY {keys}, moment, known ORDER BY {ordered}) AS nth "
        f"FROM (SELECT {named}, {times}, {values} FROM {parquet(path)}) "
        f"WHERE known <= {moment} AND {' AND '.join(f'{key} IS NOT NULL' for _, key in _keys(view))}"
    )


def _keys(view: ViewDefinition) -> list[tuple[str, str]]:
    """The key columns, each with a name that no other column has here."""
    return [(key, f"key_{number}") for number, key in enumerate(view.keys)]


def _moved(view: ViewDefinition) -> str:
    """How many rows were known, and how many of them are missing without what came later or have another value."""
    other = " OR ".join(_differs(one) for one in view.features)
    return f"SELECT count(*), count(*) FILTER (again.nth IS NULL OR {other}) FROM {_both(view)}"


def _blamed(connection: duckdb.DuckDBPyConnection, view: ViewDefinition) -> str:
    counts = ", ".join(f"count(*) FILTER ({_differs(one)})" for one in view.features)
    found = connection.execute(f"SELECT {counts} FROM {_both(view)} WHERE again.nth IS NOT NULL").fetchone()
    names = [one.name for one, moved in zip(view.features, found, strict=True) if moved]
    return f" ({', '.join(names[:3])})" if names else ""


def _both(view: ViewDefinition) -> str:
    names = [*(key for _, key in _keys(view)), "moment", "known", "nth"]
    same = [f"whole.{name} = again.{name}" for name in names]
    return f"whole LEFT JOIN again ON {' AND '.join(same)}"


def _differs(one: FeatureDefinition) -> str:
    before, after = f"whole.{_value(one)}", f"again.{_value(one)}"
    if one.type != "number":
        return f"{before} IS DISTINCT FROM {after}"
    near = f"abs({before} - {after}) <= {CLOSE} * greatest(1, abs({before}))"
    return f"({before} IS DISTINCT FROM {after} AND NOT coalesce({near}, false))"


def _known(view: ViewDefinition) -> str:
    """The moment from which a row could be used."""
    return f"greatest({micros(identifier(view.event_time))}, {micros(identifier(view.created_time))})"


def _value(one: FeatureDefinition) -> str:
    return identifier(f"value {one.name}")


def _day(connection: duckdb.DuckDBPyConnection, moment: int) -> str:
    return str(connection.execute(f"SELECT make_timestamp({moment})::DATE").fetchone()[0])
