"""A window's predictions with the outcomes that have arrived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apps.core.canonical import digest
from apps.files.services import path_of
from apps.measures.tables import literal, quoted
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
    """A window's rows: the reference's columns under their own names, and `_use` in one spelling.

    Attributes:
        rows: one a prediction of the plan's version; the target is null where no outcome has arrived.
        uses: rows and outcomes by declared use.
        elsewhere: predictions of other versions in the same time, which this plan doesn't judge.
        sources: digest of the batches that were read.
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
    """Everything that was predicted from `start` until before `end`."""
    predictions = list(Batch.objects.taken(plan.model, "predictions").filter(first_at__lt=end, last_at__gte=start))
    outcomes = [batch for batch in Batch.objects.taken(plan.model, "outcomes") if batch.rows_id]
    sources = digest([[batch.rows_id for batch in group] for group in (predictions, outcomes)])
    made = _read(predictions, ["_id", "_time", "_version", "_use"])
    known = _read(outcomes, OUTCOME_COLUMNS, numbered=True)
    between = f"_time >= TIMESTAMP {_moment(start)} AND _time < TIMESTAMP {_moment(end)}"
    mine = f"{between} AND _version = {literal(plan.version.reference)}"
    with over(made=made, known=known) as connection:
        connection.execute(
            "CREATE TEMP VIEW latest AS SELECT _id, arg_max(_outcome, (_time, _number)) AS _outcome"
            " FROM known GROUP BY _id"
        )
        said = dict(connection.execute(f"SELECT _use, count(*) FROM made WHERE {mine} GROUP BY _use").fetchall())
        connection.register("spelled", _spelled(said, plan))
        connection.execute(
            f"CREATE TEMP VIEW mine AS SELECT made.* EXCLUDE (_use), spelled._name AS _use, _outcome"
            f" FROM made JOIN spelled ON made._use = spelled._use LEFT JOIN latest USING (_id) WHERE {mine}"
        )
        wanted = ", ".join(_columns(reference, made.column_names))
        rows = connection.sql(f"SELECT {wanted} FROM mine ORDER BY _time, _id").to_arrow_table()
        found = connection.execute(
            "SELECT _use, count(*), count(_outcome) FROM mine GROUP BY _use ORDER BY count(*) DESC, _use"
        ).fetchall()
        (total,) = connection.execute(f"SELECT count(*) FROM made WHERE {between}").fetchone()
    uses = {use: (made, known) for use, made, known in found}
    return Gathered(rows, uses, total - rows.num_rows, sources)


def _spelled(said: dict[str, int], plan: Plan) -> pa.Table:
    """Each use as it was said, beside the one name for it."""
    import pyarrow as pa

    names = spellings(said, plan.model.uses.order_by("number").values_list("name", flat=True))
    return pa.table({"_use": pa.array(names, pa.string()), "_name": pa.array(names.values(), pa.string())})


def _columns(reference: Reference, there: Iterable[str]) -> list[str]:
    """The window's columns as SQL: what no batch brought is null."""
    known = set(there)
    stored = {name: FEATURE + name for name in reference.columns}
    stored |= {name: f"_score_{place}" for place, name in enumerate(reference.spec.scores)}
    columns = ["_use"]
    for name, source in stored.items():
        columns.append(f"{quoted(source) if source in known else 'NULL::DOUBLE'} AS {quoted(name)}")
    if reference.spec.target is not None:
        columns.append(f"TRY_CAST(_outcome AS {reference.target_type}) AS {quoted(reference.spec.target)}")
    return columns


def _read(batches: list[Batch], names: list[str], *, numbered: bool = False) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = []
    for batch in batches:
        if batch.rows_id is not None:
            table = pq.read_table(path_of(batch.rows_id), columns=names if numbered else None)
            tables.append(_with_number(table, batch.number) if numbered else table)
    if tables:
        return pa.concat_tables(tables, promote_options="permissive")
    empty = {name: pa.array([], pa.timestamp("us") if name == "_time" else pa.string()) for name in names}
    table = pa.table(empty)
    return _with_number(table, 0) if numbered else table


def _with_number(table: pa.Table, number: int | None) -> pa.Table:
    import pyarrow as pa

    return table.append_column("_number", pa.array([number] * table.num_rows, pa.int64()))


def _moment(at: datetime) -> str:
    return literal(at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))
