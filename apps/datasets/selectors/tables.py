"""Reading a version's table, for rooms that compute on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied

from apps.accounts.models import User
from apps.core.errors import BadInput
from apps.datasets.intake import metadata as said
from apps.datasets.intake.columns import Column
from apps.datasets.intake.profile import shortened
from apps.datasets.models import DatasetVersion
from apps.files.services import path_of

if TYPE_CHECKING:
    import pandas
    import pyarrow

PREVIEW_ROWS = 20
PREVIEW_CHARACTERS = 1_000
READ_ROWS = "datasets.read_rows"


def table_path(version: DatasetVersion) -> Path:
    """The typed Parquet file of a version, on this machine. Read it; never write it.

    Raises:
        Gone: its rows were disposed of or erased.
    """
    version.require_kept()
    return path_of(version.table_id)


def columns(version: DatasetVersion) -> dict[str, Column]:
    """The columns of a version by name, in the table's order."""
    return {
        entry["name"]: Column(**{name: value for name, value in entry.items() if name != "digest"})
        for entry in version.columns
    }


def arrow_table(version: DatasetVersion, names: Sequence[str] | None = None) -> pyarrow.Table:
    """The table, or some of its columns, as Arrow; rows in the stored order.

    Raises:
        BadInput: a column is named that isn't there.
    """
    import pyarrow.parquet as pq

    _all_there(version, names or ())
    return pq.read_table(table_path(version), columns=None if names is None else list(names))


def frame(version: DatasetVersion, names: Sequence[str] | None = None) -> pandas.DataFrame:
    """The same as a pandas frame; integers with missing cells become floats, as pandas has it."""
    return arrow_table(version, names).to_pandas()


def preview(version: DatasetVersion, rows: int = PREVIEW_ROWS) -> list[dict[str, Any]]:
    """The first rows, by column name, long text cut. Cells are people's data: `require_rows` first."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(table_path(version)) as file:
        first = next(file.iter_batches(rows), None)
    shown = [] if first is None else first.slice(0, rows).to_pylist()
    return [{name: shortened(cell, PREVIEW_CHARACTERS) for name, cell in row.items()} for row in shown]


def require_rows(user: User, version: DatasetVersion) -> None:
    """Refuse rows to who may only know of the table.

    Raises:
        PermissionDenied: `user` lacks `datasets.read_rows` here.
    """
    if not user.may(READ_ROWS, version):
        raise PermissionDenied("Your roles show you what this table is, not its rows.")


def unseen_labels(version: DatasetVersion, target: str, labels: Sequence[Any]) -> list[Any]:
    """Up to five values of `target` in this version that are none of `labels`, compared as the column's type."""
    _all_there(version, [target])
    return said.unseen_labels(table_path(version), target, columns(version)[target].type, list(labels))


def labels(version: DatasetVersion, target: str, *, limit: int = 1_000) -> list[Any]:
    """The different values of a column in order, `limit` at most."""
    from apps.datasets.intake.profile import distinct_values

    _all_there(version, [target])
    return distinct_values(table_path(version), target, limit=limit)


def _all_there(version: DatasetVersion, names: Sequence[str]) -> None:
    absent = [name for name in names if name not in columns(version)]
    if absent:
        listed = ", ".join(f"“{name}”" for name in absent)
        raise BadInput(f"{version.reference} has no column {listed}.")
