"""Rows by their places in a stored table: what a comparison's examples point at, read only for who may see cells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from apps.datasets.intake.profile import shortened, spelled

LONGEST = 200


def cells_at(path: Path, places: Collection[int], names: Sequence[str]) -> dict[int, dict[str, Any]]:
    """The cells in `names` of the rows at `places`, counted from 0; long text cut. Reads only where they lie."""
    import pyarrow.parquet as pq

    found: dict[int, dict[str, Any]] = {}
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        ends = list(accumulate(metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)))
        for group, end in enumerate(ends):
            start = ends[group - 1] if group else 0
            wanted = sorted(place for place in places if start <= place < end)
            if wanted:
                rows = file.read_row_group(group, columns=list(names)).take([place - start for place in wanted])
                found |= dict(zip(wanted, map(_shown, rows.to_pylist()), strict=True))
    return found


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: shortened(spelled(cell), LONGEST) for name, cell in row.items()}
