"""The rows that keys name in a stored table: how many there are, and the table without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from apps.datasets.erasing.keys import Digests
from apps.datasets.intake.columns import INTEGER, NUMBER
from apps.datasets.intake.engine import identifier, literal, reading

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 65_536
EXACT = 2**53  # whole numbers up to here are exact as floats


@dataclass(frozen=True)
class Sought:
    """Which rows are looked for: those whose cell in `column` has one of the digests."""

    column: str
    digests: Digests
    salt: str

    def matches(self, type_: str) -> str:
        """Whether a row is one of them, in SQL; a missing key names nobody."""
        cell, salt = identifier(self.column), literal(self.salt)
        if type_ == INTEGER:
            spelt, known = f"{cell}::VARCHAR", self.digests["whole"]
        elif type_ == NUMBER:
            whole = f"{cell} = trunc({cell}) AND abs({cell}) < {EXACT}"
            spelt, known = f"CASE WHEN {whole} THEN {cell}::BIGINT::VARCHAR END", self.digests["whole"]
        else:
            spelt, known = f"{cell}::VARCHAR", self.digests["text"]
        if not known:
            return "false"
        listed = ", ".join(literal(digest) for digest in known)
        return f"coalesce(sha256({salt} || {spelt}) IN ({listed}), false)"


def count(path: Path, type_: str, sought: Sought, *, spill: Path) -> int:
    """How many rows of the table at `path` are sought.

    Args:
        type_: the type of the key's column there.
    """
    query = f"SELECT count(*) FILTER ({sought.matches(type_)}) FROM read_parquet({literal(str(path))})"
    with reading(path, spill=spill) as connection:
        found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


class Remaining:
    """The rows that aren't sought, in the stored order and types; see `intake.storing.Rows`."""

    def __init__(
        self,
        path: Path,
        type_: str,
        sought: Sought,
        *,
        spill: Path,
        progress: Callable[[int], None] = lambda rows: None,
    ):
        import pyarrow.parquet as pq

        self.schema: pa.Schema = pq.read_schema(path).remove_metadata()
        self.notes: list[str] = []
        self._path, self._spill, self._progress = path, spill, progress
        self._query = f"SELECT * FROM read_parquet({literal(str(path))}) WHERE NOT {sought.matches(type_)}"

    def batches(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        done = 0
        with reading(self._path, spill=self._spill) as connection:
            for batch in connection.sql(self._query).to_arrow_reader(BATCH_ROWS):
                cells = [values.cast(field.type) for values, field in zip(batch.columns, self.schema, strict=True)]
                yield pa.RecordBatch.from_arrays(cells, schema=self.schema)
                done += batch.num_rows
                self._progress(done)
