"""Which rows are new since the last extraction: those past its mark, and those at it that were not there then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from apps.datasets.intake.columns import DATE, INTEGER, NUMBER, TIMESTAMP, type_name, typed_label
from apps.datasets.intake.limits import plural
from apps.datasets.intake.storing import Rows
from apps.datasets.sources.faults import SourceFault

if TYPE_CHECKING:
    import pyarrow as pa

CURSORS = (INTEGER, NUMBER, DATE, TIMESTAMP)


def read_mark(kept: str, type_: str) -> Any:
    return typed_label(kept, type_)


def require_cursor(schema: pa.Schema, cursor: str) -> None:
    """Raises SourceFault: the table has no such column, or one that has no natural order."""
    place = schema.get_field_index(cursor)
    if place < 0:
        raise SourceFault(f"There is no column “{cursor}” to tell new rows by.")
    found = type_name(schema.field(place).type)
    if found not in CURSORS:
        raise SourceFault(
            f"Column “{cursor}” is {found}. New rows are told by a column that grows: "
            "a whole number, a number, a date or a timestamp."
        )


class Marked:
    """Rows, of which only the new ones are given, while their greatest cursor is kept.

    Args:
        since: the mark, None where nothing was taken before.
        at_mark: how often each row at the mark was taken before; from `rows_at`.
        strict: whether a row without a cursor is refused; else there is no mark where there is one.

    Attributes:
        mark: the greatest value of the cursor so far, as Python has it.
        repeated: rows at the mark that were taken before, and are left out.
    """

    def __init__(
        self,
        rows: Rows,
        cursor: str,
        since: Any = None,
        at_mark: Counter[bytes] | None = None,
        *,
        strict: bool = True,
    ):
        require_cursor(rows.schema, cursor)
        self._strict, self._missed = strict, False
        self.rows, self.schema, self.cursor = rows, rows.schema, cursor
        self.since, self.mark, self.repeated = since, since, 0
        self._taken = Counter(at_mark or {})

    @property
    def notes(self) -> list[str]:
        return self.rows.notes

    def as_kept(self) -> dict[str, str] | None:
        """The mark for an extraction's record: {value, type}; None where it would not tell every row."""
        if self._missed or self.mark is None:
            return None
        value = self.mark.isoformat() if isinstance(self.mark, date) else repr(self.mark)
        return {"value": value, "type": type_name(self.schema.field(self.cursor).type)}

    def batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self.rows.batches():
            fresh = self._fresh(batch)
            if fresh.num_rows:
                self._move(fresh)
                yield fresh

    def _fresh(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa
        import pyarrow.compute as pc

        values = batch.column(self.cursor)
        self._missed |= bool(values.null_count)
        if self._missed and self._strict:
            raise SourceFault(
                f"Column “{self.cursor}” is empty in {plural(values.null_count, 'row')}, and a row without it could "
                "never be told from those taken before. Fill it, choose another column, or extract in full."
            )
        if self.since is None:
            return batch
        mark = pa.scalar(self.since, values.type)
        past, at_mark = pc.greater(values, mark), pc.indices_nonzero(pc.equal(values, mark)).to_pylist()
        if not at_mark:
            return batch.filter(past)
        keep = past.to_pylist()
        for place in at_mark:
            keep[place] = self._is_new(batch, place)
        return batch.filter(pa.array(keep, pa.bool_()))

    def _is_new(self, batch: pa.RecordBatch, place: int) -> bool:
        row = _told(batch, place)
        if self._taken[row] <= 0:
            return True
        self._taken[row] -= 1
        self.repeated += 1
        return False

    def _move(self, batch: pa.RecordBatch) -> None:
        import pyarrow.compute as pc

        greatest = pc.max(batch.column(self.cursor)).as_py()
        if greatest is not None:
            self.mark = greatest if self.mark is None else max(self.mark, greatest)


def rows_at(rows: Rows, cursor: str, mark: Any) -> Counter[bytes]:
    """How often each row is there whose cursor is `mark`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: Counter[bytes] = Counter()
    for batch in rows.batches():
        values = batch.column(cursor)
        for place in pc.indices_nonzero(pc.equal(values, pa.scalar(mark, values.type))).to_pylist():
            found[_told(batch, place)] += 1
    return found


def _told(batch: pa.RecordBatch, place: int) -> bytes:
    """What tells a row from others: 16 bytes of a digest over its cells."""
    cells = tuple(column[place].as_py() for column in batch.columns)
    return blake2b(repr(cells).encode("utf-8", "surrogatepass"), digest_size=16).digest()
