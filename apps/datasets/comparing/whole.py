"""The comparison as a whole: schema, then rows, then distributions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from apps.datasets.comparing.distributions import spread
from apps.datasets.comparing.rows import as_whole, by_key
from apps.datasets.comparing.sides import Shared, Side, schema, shared
from apps.datasets.intake.engine import reading

Progress = Callable[[float, str], None]


def compare(
    before: Side,
    after: Side,
    *,
    key: Sequence[str] = (),
    folder: Path | None = None,
    progress: Progress = lambda share, message: None,
) -> dict[str, Any]:
    """Everything that is different in `after`, in JSON types.

    Args:
        key: the columns that name a row; without any, rows are compared as wholes.
        folder: where what memory doesn't hold is put meanwhile.

    Raises:
        Unmatched: the key is empty somewhere or names several rows.
    """
    both = shared(before, after)
    found: dict[str, Any] = {"v": 1, "key": list(key), "schema": schema(before, after, both)}
    found["before"], found["after"] = ({"digest": s.digest, "rows": s.rows} for s in (before, after))
    with (
        tempfile.TemporaryDirectory(dir=folder) as spill,
        reading(before.path, after.path, spill=Path(spill)) as connection,
    ):
        progress(0.0, "Comparing rows")
        if key:
            found |= by_key(
                connection, before, after, both, key, lambda share: progress(0.6 * share, "Comparing rows")
            )
        else:
            found |= as_whole(connection, before, after, both)
        found["distributions"] = spread(
            connection,
            before,
            after,
            [c for c in both if c.name not in key],
            lambda share: progress(0.6 + 0.4 * share, "Comparing distributions"),
        )
    spreads = {row["column"] for row in found["distributions"]}
    changed = {cell["column"] for cell in found["cells"]}
    found["distributions"] += [_unmoved(before, column) for column in both if column.name in changed - spreads]
    return found


def _unmoved(before: Side, column: Shared) -> dict[str, Any]:
    """A column whose cells changed rows and which, taken by itself, says the very same."""
    missing = before.columns[column.name]["nulls"]
    row = {"column": column.name, "type": column.after, "kind": "same", "missing": [missing, missing]}
    return row | {"psi": 0.0, "js": 0.0, "n": [before.rows, before.rows]}
