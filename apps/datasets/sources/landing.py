"""From an open source to what becomes a version: the rows as one table, the parts it is made of, and its mark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.core.canonical import digest
from apps.datasets.intake.columns import type_name
from apps.datasets.intake.digesting import TableDigest
from apps.datasets.intake.engine import literal, reading
from apps.datasets.intake.limits import plural
from apps.datasets.intake.parquet import ParquetTable
from apps.datasets.intake.storing import Rows
from apps.datasets.intake.taking import write
from apps.datasets.sources.joining import BEFORE, Chained, Fitted, common_schema
from apps.datasets.sources.marks import Marked, rows_at
from apps.datasets.sources.reading import Piece, Wanted

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[int], None]


@dataclass
class Part:
    """One part of what was read.

    Attributes:
        name: what it came from.
        content: the digest of what its rows say; see `intake.digesting`.
    """

    name: str
    rows: int = 0
    content: str = ""


class Counted:
    """Rows that are counted and digested on their way, as one part."""

    def __init__(self, name: str, rows: Rows, progress: Progress):
        self.rows, self.schema, self._progress = rows, rows.schema, progress
        self.part = Part(name)

    @property
    def notes(self) -> list[str]:
        return self.rows.notes

    def batches(self) -> Iterator[pa.RecordBatch]:
        told = TableDigest(self.schema)
        for batch in self.rows.batches():
            told.update(batch)
            self._progress(batch.num_rows)
            yield batch
        self.part.rows, self.part.content = told.rows, told.hexdigest()


@dataclass
class Landed:
    """What was read of a source, before it is a table.

    Attributes:
        rows: the whole table; reading it to its end completes the rest.
        counted: its new parts.
        marked: what tells new rows from others, where there is a cursor.
        part_path: the new rows alone, where they follow those of the version before.
    """

    rows: Rows
    counted: list[Counted]
    marked: Marked | None = None
    part_path: Path | None = None
    nothing_new: bool = False

    @property
    def parts(self) -> list[Part]:
        return [each.part for each in self.counted]

    @property
    def mark(self) -> dict[str, str] | None:
        return self.marked.as_kept() if self.marked else None

    @property
    def repeated(self) -> int:
        return self.marked.repeated if self.marked else 0


@dataclass(frozen=True)
class Previous:
    """The version that new rows are put behind, and the mark up to which it has them."""

    path: Path
    mark: Any = None
    blank: frozenset[str] = frozenset()  # its columns without a value


def land(
    pieces: list[Piece], wanted: Wanted, folder: Path, progress: Progress, previous: Previous | None = None
) -> Landed:
    """Make a table of the pieces: of all their rows, or of those of the version before and the new ones behind.

    Args:
        folder: for the new rows, while the source is open.

    Raises:
        SourceFault: columns don't go together, or there is none to tell new rows by.
    """
    if previous is None:
        return _whole(pieces, wanted, progress)
    return _behind(previous, pieces, wanted, folder, progress)


def _whole(pieces: list[Piece], wanted: Wanted, progress: Progress) -> Landed:
    schema = common_schema([(piece.name, piece.rows) for piece in pieces])
    counted = [Counted(piece.name, Fitted(piece.rows, schema), progress) for piece in pieces]
    marked = None
    if wanted.cursor and (wanted.needs_cursor or wanted.cursor in schema.names):
        marked = Marked(Chained(counted), wanted.cursor, strict=wanted.needs_cursor)
    return Landed(marked or Chained(counted), counted, marked)


def _behind(previous: Previous, pieces: list[Piece], wanted: Wanted, folder: Path, progress: Progress) -> Landed:
    earlier = ParquetTable(previous.path, wanted.limits)
    earlier.blank |= previous.blank
    named = [(piece.name, piece.rows) for piece in pieces]
    common_schema(named)
    schema = common_schema([(BEFORE, earlier), *named], may_differ=True)
    at_mark = rows_at(Fitted(earlier, schema), wanted.cursor, previous.mark)
    source = Chained([Fitted(piece.rows, schema) for piece in pieces])
    marked = Marked(source, wanted.cursor, previous.mark, at_mark)
    counted = Counted(_since(pieces, marked), marked, progress)
    part_path = folder / "part.parquet"
    write(counted, part_path, wanted.limits, may_be_empty=True)
    part = ParquetTable(part_path, wanted.limits)
    part.notes += counted.notes
    whole = Chained([Fitted(ParquetTable(previous.path, wanted.limits), schema), part])
    return Landed(whole, [counted], marked, part_path, nothing_new=not counted.part.rows)


def _since(pieces: list[Piece], marked: Marked) -> str:
    names = ", ".join(piece.name for piece in pieces[:3]) + (" …" if len(pieces) > 3 else "")
    return f"{names}, {marked.cursor} from {marked.since} on"


@dataclass(frozen=True)
class Drift:
    """How a table's columns differ from those of the version before."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: list[dict[str, str]] = field(default_factory=list)  # {name, before, now}

    def as_dict(self) -> dict[str, Any]:
        said = {"added": self.added, "removed": self.removed, "changed": self.changed}
        return {name: what for name, what in said.items() if what}


def drift(before: list[dict[str, str]], now: list[dict[str, str]]) -> Drift:
    """What changed between two lists of {name, type}; the order of columns is no matter."""
    known = {column["name"]: column["type"] for column in before}
    found = {column["name"]: column["type"] for column in now}
    return Drift(
        added=[name for name in found if name not in known],
        removed=[name for name in known if name not in found],
        changed=[
            {"name": name, "before": known[name], "now": type_}
            for name, type_ in found.items()
            if known.get(name, type_) != type_
        ],
    )


def shape(schema: pa.Schema) -> list[dict[str, str]]:
    """A schema as [{name, type}]."""
    return [{"name": each.name, "type": type_name(each.type)} for each in schema]


def fingerprint(columns: list[dict[str, str]], contents: list[str]) -> str:
    """sha256 of what was read, part by part, wherever it was read from."""
    return digest({"columns": columns, "parts": contents})


def copies(path: Path) -> int:
    """Rows of a stored table that say the same as an earlier one in every column, told by a 64-bit hash."""
    source = f"read_parquet({literal(str(path))})"
    with reading(path) as connection:
        row = connection.execute(f"SELECT count(*) - count(DISTINCT hash(t)) FROM {source} AS t").fetchone()
    return int(row[0])


def note_on_copies(count: int) -> str:
    return f"{plural(count, 'row says', 'rows say')} the same as another in every column."
