"""Reading an uploaded CSV file: UTF-8, names in the first line, fields quoted as RFC 4180 has it."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from apps.datasets.intake import inference
from apps.datasets.intake.columns import arrow_type, check_names
from apps.datasets.intake.engine import literal, reading
from apps.datasets.intake.limits import Limits, plural, refuse

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

BATCH_ROWS = 65_536
CHUNK_BYTES = 1 << 20
LINE_BYTES = 8 << 20
DELIMITERS = ",;\t|"
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class CsvTable:
    """An uploaded CSV file as batches of stored types; a column's type is what all of its cells agree on.

    Attributes:
        schema: the stored Arrow schema.
        notes: what the reader should know, as sentences.
        blank: columns without a value, whose type says nothing.
    """

    def __init__(self, path: Path, limits: Limits):
        quotes = check_bytes(path)
        self.path = path
        self.delimiter, names = read_header(path)
        self.names = check_names(names, limits)
        if len(names) < 2:
            raise refuse(
                "Only one column was found, so this does not look like a CSV file. "
                "Separate columns by comma, semicolon, tab or bar."
            )
        if quotes % 2:  # the fast reader may drop what follows a quote that is never closed, without a word
            raise refuse(what_is_wrong(path, self.delimiter, len(names), ""))
        with self._read() as connection:
            kinds = inference.kinds(connection, self._source(), self.names)
        self.notes = [note for kind in kinds for note in kind.notes]
        self._kinds, self.schema = kinds, _schema(kinds)
        self.blank = frozenset(kind.name for kind in kinds if kind.blank)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The table in order.

        Raises:
            BadInput: a line breaks the rules of CSV.
        """
        import pyarrow as pa

        selected = ", ".join(kind.sql for kind in self._kinds)
        with self._read() as connection:
            for batch in connection.sql(f"SELECT {selected} FROM {self._source()}").to_arrow_reader(BATCH_ROWS):
                columns = [values.cast(field.type) for values, field in zip(batch.columns, self.schema, strict=True)]
                yield pa.RecordBatch.from_arrays(columns, schema=self.schema)

    @contextmanager
    def _read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb
        import pyarrow as pa

        try:
            with reading(self.path) as connection:
                yield connection
        except (duckdb.Error, pa.ArrowException) as error:
            raise refuse(what_is_wrong(self.path, self.delimiter, len(self.names), str(error))) from error

    def _source(self) -> str:
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.names)
        return (
            f"read_csv({literal(str(self.path))}, auto_detect=false, header=true, delim={literal(self.delimiter)}, "
            f"quote='\"', escape='\"', strict_mode=true, null_padding=false, parallel=false, "
            f"max_line_size={LINE_BYTES}, columns={{{columns}}})"
        )


def _schema(kinds: list[inference.Kind]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(kind.name, arrow_type(kind.type, utc=kind.utc)) for kind in kinds])


def check_bytes(path: Path) -> int:
    """Read the file once as bytes, and count its double quotes.

    Raises:
        BadInput: it is empty, or not UTF-8 text.
    """
    decoder, lines, quotes, size = codecs.getincrementaldecoder("utf-8")(), 1, 0, 0
    with path.open("rb") as file:
        if file.read(2) in UTF16:
            raise refuse("This text is in UTF-16. Save it as UTF-8, then upload it again.")
        file.seek(0)
        for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
            if b"\x00" in chunk:
                at = lines + chunk[: chunk.index(b"\x00")].count(b"\n")
                raise refuse(f"Line {at} holds a NUL byte, so this is not a CSV file.")
            _check_utf8(decoder, chunk, lines)
            lines += chunk.count(b"\n")
            quotes += chunk.count(b'"')
            size += len(chunk)
        _check_utf8(decoder, b"", lines, final=True)
    if not size:
        raise refuse("The file is empty: it has neither column names nor rows.")
    return quotes


def _check_utf8(decoder, chunk: bytes, lines: int, *, final: bool = False) -> None:
    held = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        line = lines + chunk[: max(error.start - held, 0)].count(b"\n")
        raise refuse(
            f"Line {line} is not UTF-8 "
            f"(byte 0x{error.object[error.start]:02x}). The file may be in Windows-1252 or Latin-1: "
            "save it as UTF-8, then upload it again."
        ) from None


def read_header(path: Path) -> tuple[str, list[str]]:
    """The delimiter, and the names in the first line.

    Raises:
        BadInput: the first line is no line of names.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(LINE_BYTES).strip("\r\n")
    if first.lstrip()[:1] in ("{", "<") or first.lstrip().startswith("["):
        raise refuse("This looks like JSON or a web page, not like a CSV file.")
    unquoted = re.sub(r'"[^"]*"', "", first)
    delimiter = max(DELIMITERS, key=unquoted.count)
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            names = next(csv.reader(file, delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            raise refuse(f"The first line can't be read: {error}.") from None
    if names and all(re.fullmatch(r"\s*[+-]?\d+(\.\d+)?\s*", name) for name in names):
        raise refuse("The first line holds numbers. It has to name the columns.")
    return delimiter, names


def what_is_wrong(path: Path, delimiter: str, width: int, told: str) -> str:
    """Look for the first line that isn't well-formed, with another reader, to name it and say what it has.

    Args:
        width: the number of columns in the first line.
        told: what the fast reader said, for the case that both disagree.
    """
    csv.field_size_limit(LINE_BYTES)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=delimiter, strict=True)
        start = 1
        try:
            for fields in lines:
                if fields and len(fields) != width:
                    return (
                        f"Line {start} has {plural(len(fields), 'field')} where the first line names "
                        f"{plural(width, 'column')}. Give every line all fields; quote those that hold “{delimiter}”."
                    )
                start = lines.line_num + 1
        except csv.Error as error:
            return _quoting(start, str(error))
    line = re.search(r"Line: (\d+)", told)
    where = f"near line {line.group(1)}" if line else "somewhere"
    return f"The file breaks the rules of CSV {where}. Check quotes and line breaks there."


def _quoting(line: int, told: str) -> str:
    if "unexpected end of data" in told:
        return f"The quote opened in line {line} is never closed."
    if "field larger" in told:
        return f"A field in line {line} is longer than 8 MB. A quote that is never closed makes one as well."
    return f'Line {line} has a quote inside of a field. Double it ("") and quote the whole field.'
