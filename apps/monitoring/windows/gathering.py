"""A window's predictions with the outcomes that have arrived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apps.core.canonical import digest
from apps.files.services import path_of
from apps.measures.tables import literal, quoted
from apps.monitoring.intake.checking import kept_as
from apps.monitoring.intake.engine import over
from apps.monitoring.intake.reading import FEATURE
from apps.monitoring.models import Batch, Plan
from apps.monitoring.reference import Reference
from apps.monitoring.windows.uses import spellings

if TYPE_CHECKING:
    import pyarrow as pa

OUTCOME_COLUMNS = ["_id", "_time", "_outcome"]


@dataclass(frozen=True)
class Gathered:
    """A window's rows: the reference's columns under their own names, `_time`, and `_use` in one spelling.

    Attributes:
        rows: one a prediction of the plan's version; the target is null where no outcome has arrived.
        uses: rows and outcomes by declared use.
        elsewhere: predictions of other versions in the same time, which this plan doesn't judge.
        sources: digest of the batches that had a part in it.
    """

    rows: pa.Table
    uses: dict[str, tuple[int, int]]
    elsewhere: int
    sources: str

    def of_use(self, use: str) -> pa.Table:
        """The rows of one use."""
        import pyarrow.compute as pc

        return self.rows.filter(pc.equal(self.rows.column("_use"), use))


def gather(plan: Plan, reference: Reference, start: datetime, end: datetime) -> Gathered:
    """Everything that was predicted from `start` until before `end`, one batch in memory at a time."""
    between = f"_time >= TIMESTAMP {_moment(start)} AND _time < TIMESTAMP {_moment(end)}"
    mine = f"{between} AND _version = {literal(plan.version.reference)}"
    made, outcomes, used, total = [], [], [], 0
    for batch in Batch.objects.taken(plan.model, "predictions").filter(first_at__lt=end, last_at__gte=start):
        with over(batch=_rows(batch)) as connection:
            columns = ", ".join(_columns(reference, connection.table("batch").columns))
            made.append(connection.sql(f"SELECT {columns} FROM batch WHERE {mine}").to_arrow_table())
            total += connection.execute(f"SELECT count(*) FROM batch WHERE {between}").fetchone()[0]
        used += [["predictions", batch.rows_id]] if made[-1].num_rows else []
    made = _all(made, ["_id", "_time", "_use"])
    for batch in Batch.objects.taken(plan.model, "outcomes").filter(rows__isnull=False):
        outcomes.append(_known(batch, made.column("_id")))
        used += [["outcomes", batch.rows_id]] if outcomes[-1].num_rows else []
    known = _all(outcomes, [*OUTCOME_COLUMNS, "_number"])
    with over(made=made, known=known) as connection:
        said = dict(connection.execute("SELECT _use, count(*) FROM made GROUP BY _use").fetchall())
        connection.register("spelled", _spelled(said, plan))
        connection.execute(
            "CREATE TEMP VIEW latest AS SELECT _id, arg_max(_outcome, (_time, _number)) AS _outcome"
            " FROM known GROUP BY _id"
        )
        target = reference.spec.target
        outcome = f", TRY_CAST(_outcome AS {reference.target_type}) AS {quoted(target)}" if target else ""
        connection.execute(
            f"CREATE TEMP TABLE mine AS SELECT made.* EXCLUDE (_use), _name AS _use, _outcome{outcome}"
            " FROM made JOIN spelled USING (_use) LEFT JOIN latest USING (_id)"
        )
        found = connection.execute(
            "SELECT _use, count(*), count(_outcome) FROM mine GROUP BY _use ORDER BY count(*) DESC, _use"
        ).fetchall()
        apart = "EXCLUDE (_id, _outcome)"
        rows = connection.sql(f"SELECT * {apart} FROM mine ORDER BY _time, _id").to_arrow_table()
    uses = {use: (made, known) for use, made, known in found}
    return Gathered(rows, uses, total - rows.num_rows, digest(used))


def _spelled(said: dict[str, int], plan: Plan) -> pa.Table:
    """Each use as it was said, beside the one name for it."""
    import pyarrow as pa

    names = spellings(said, plan.model.uses.order_by("number").values_list("name", flat=True))
    return pa.table({"_use": pa.array(names, pa.string()), "_name": pa.array(names.values(), pa.string())})


def _columns(reference: Reference, there: Iterable[str]) -> list[str]:
    """The window's columns as SQL, typed as the reference's: what the batch did not bring is null."""
    known = set(there)
    stored = {name: (FEATURE + name, kept_as(kind)) for name, kind in reference.columns.items()}
    stored |= {name: (f"_score_{place}", "DOUBLE") for place, name in enumerate(reference.spec.scores)}
    columns = ["_id", "_time", "_use"]
    for name, (source, kind) in stored.items():
        value = f"TRY_CAST({quoted(source)} AS {kind})" if source in known else f"NULL::{kind}"
        columns.append(f"{value} AS {quoted(name)}")
    return columns


def _rows(batch: Batch, columns: list[str] | None = None) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(path_of(batch.rows_id), columns=columns)


def _known(batch: Batch, ids: pa.ChunkedArray) -> pa.Table:
    """What a batch says of these ids."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = _rows(batch, OUTCOME_COLUMNS)
    table = table.filter(pc.is_in(table.column("_id"), value_set=ids))
    return table.append_column("_number", pa.array([batch.number] * table.num_rows, pa.int64()))


def _all(tables: list[pa.Table], names: list[str]) -> pa.Table:
    """Tables of the same columns below each other; where there is none, one without rows."""
    import pyarrow as pa

    if tables:
        return pa.concat_tables(tables)
    kinds = {"_time": pa.timestamp("us"), "_number": pa.int64()}
    return pa.table({name: pa.array([], kinds.get(name, pa.string())) for name in names})


def _moment(at: datetime) -> str:
    return literal(at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))
