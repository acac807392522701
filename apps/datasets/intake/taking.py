"""The way of an uploaded file: look at it, read it, store it typed, count it, hold what was said against it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.datasets.intake.columns import Column
from apps.datasets.intake.csvs import CsvTable
from apps.datasets.intake.digesting import TableDigest
from apps.datasets.intake.limits import Limits, refuse
from apps.datasets.intake.metadata import TableMetadata, check_metadata
from apps.datasets.intake.parquet import ParquetTable
from apps.datasets.intake.profile import Profile, profile
from apps.datasets.intake.storing import Rows
from apps.files.sniffing import CSV, GZIP, JSON, OCTETS, PARQUET, PDF, PICKLE, TEXT, XLSX, ZIP, sniff

HEAD_BYTES = 4096
SAID_OF = {
    ZIP: "This is a ZIP archive. Unpack it and upload the CSV or Parquet file itself.",
    GZIP: "This is compressed by gzip. Unpack it and upload the CSV or Parquet file itself.",
    XLSX: "This is an Excel workbook. Save the sheet as CSV (UTF-8), then upload that.",
    PICKLE: "This is a Python pickle, which is a program and not a table. Save it as CSV or Parquet.",
    JSON: "This is JSON. Upload a CSV or Parquet file.",
    PDF: "This is a PDF. Upload a CSV or Parquet file.",
}


@dataclass(frozen=True)
class Table:
    """A table as taken in.

    Attributes:
        path: the typed Parquet file, in the folder that was given.
        digest: sha256 of what the table says (see `digesting`).
        column_digests: the same by column.
        notes: sentences that the uploader should read.
    """

    path: Path
    digest: str
    column_digests: dict[str, str]
    profile: Profile
    notes: list[str]

    @property
    def rows(self) -> int:
        return self.profile.rows

    @property
    def columns(self) -> list[Column]:
        return self.profile.columns


def take_in(source: Path, target: Path, metadata: TableMetadata, limits: Limits | None = None) -> Table:
    """Turn the upload at `source` into a typed Parquet file at `target`; memory stays flat whatever its size.

    Raises:
        BadInput: it is no table, or one that contradicts itself, `limits` or `metadata`; nothing is left at `target`.
    """
    limits = limits or Limits()
    return take_rows(open_table(source, limits), target, metadata, limits)


def take_rows(rows: Rows, target: Path, metadata: TableMetadata, limits: Limits | None = None) -> Table:
    """The same of rows that come from anywhere, in stored types.

    Raises:
        BadInput: see `take_in`.
    """
    try:
        digest = write(rows, target, limits or Limits())
        found = profile(target, rows.schema)
        check_metadata(metadata, target, found)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return Table(target, digest.hexdigest(), digest.columns(), found, rows.notes + _remarks(found))


def open_table(source: Path, limits: Limits) -> CsvTable | ParquetTable:
    """The reader for what `source` is by its content.

    Raises:
        BadInput: it is neither CSV nor Parquet, or a bad one.
    """
    with source.open("rb") as file:
        found = sniff(file.read(HEAD_BYTES))
    if found == PARQUET:
        return ParquetTable(source, limits)
    if found in (CSV, TEXT, OCTETS):  # octets may be text in another encoding, and the CSV reader says which line
        return CsvTable(source, limits)
    raise refuse(SAID_OF.get(found, f"This is {found}, not a table. Upload a CSV or Parquet file."))


def write(rows: Rows, target: Path, limits: Limits, *, may_be_empty: bool = False) -> TableDigest:
    """Write rows as a stored Parquet file, and give the digest of what they say.

    Raises:
        BadInput: there are none, more than `limits` lets in, or they can't be read to their end.
    """
    import pyarrow.parquet as pq

    digest, unpacked = TableDigest(rows.schema), 0
    with pq.ParquetWriter(target, rows.schema, compression="zstd", write_statistics=True) as writer:
        for batch in rows.batches():
            unpacked += batch.nbytes
            _within(digest.rows + batch.num_rows, unpacked, limits)
            digest.update(batch)
            writer.write_batch(batch)
    if not digest.rows and not may_be_empty:
        raise refuse("There are column names and no rows.")
    return digest


def _within(rows: int, unpacked_bytes: int, limits: Limits) -> None:
    if rows > limits.rows:
        raise refuse(f"The table has more than {limits.rows:,} rows, the most that are taken.")
    if unpacked_bytes > limits.unpacked_bytes:
        raise refuse(
            f"The table unpacks to more than {limits.unpacked_bytes / 2**30:,.1f} GB, the most that is taken."
        )


def _remarks(found: Profile) -> list[str]:
    remarks = []
    for column in found.columns:
        if column.nulls == found.rows:
            remarks.append(f"{column.name}: every cell is empty.")
        elif column.distinct == 1 and not column.nulls:
            remarks.append(f"{column.name}: the same value in every row.")
    return remarks


def quality(table: Table) -> dict[str, Any]:
    """What a version tells of its table's quality; what is drawn by column is in the profile."""
    cells = table.rows * len(table.columns)
    missing = sum(column.nulls for column in table.columns)
    return {
        "missing_cells": missing,
        "missing_share": missing / cells,
        "complete_columns": sum(not column.nulls for column in table.columns),
        "notes": table.notes,
    }
