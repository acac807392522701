"""What a row is beside those that came before it: new, the same again, or a contradiction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.monitoring.intake.engine import over
from apps.monitoring.intake.reading import ROW

if TYPE_CHECKING:
    import pyarrow as pa

KEY = "_key"
KEYS = [KEY, "_digest"]
CONTRADICTS = {
    "predictions": "id: {id} was sent before with other values; the first counts.",
    "outcomes": "outcome: {id} was given another outcome for the same moment; the first counts.",
}


@dataclass(frozen=True)
class Settled:
    """The new rows, how many were the same again, and who contradicts what was taken."""

    new: pa.Table
    ignored: int
    rejections: list[dict[str, object]]


def settle(rows: pa.Table, earlier: Sequence[pa.Table], sort: str) -> Settled:
    """Hold checked rows beside earlier batches' keys and beside each other; the first of a key counts.

    Args:
        rows: with _row, _key and _digest.
        earlier: _key and _digest of the rows taken before that have the same keys.
    """
    import pyarrow as pa

    before = pa.concat_tables(earlier) if earlier else rows.select(KEYS).slice(0, 0)
    with over(fresh=rows, before=before) as connection:
        connection.execute(
            f"""CREATE TEMP TABLE settled AS
            SELECT f.*, f._digest IS DISTINCT FROM coalesce(b._digest, o._digest) AS differs,
                   b._key IS NULL AND o.first_row = f.{ROW} AS is_new
            FROM fresh f
            LEFT JOIN before b USING (_key)
            JOIN (SELECT _key, min({ROW}) AS first_row, arg_min(_digest, {ROW}) AS _digest FROM fresh GROUP BY _key) o
              USING (_key)"""
        )
        new = connection.sql(
            f"SELECT * EXCLUDE (differs, is_new) FROM settled WHERE is_new ORDER BY {ROW}"
        ).to_arrow_table()
        contradicting = connection.execute(
            f"SELECT {ROW}, _id FROM settled WHERE NOT is_new AND differs ORDER BY {ROW}"
        ).fetchall()
    ignored = rows.num_rows - new.num_rows - len(contradicting)
    said = [{"row": row, "reason": CONTRADICTS[sort].format(id=name)} for row, name in contradicting]
    return Settled(new, ignored, said)
