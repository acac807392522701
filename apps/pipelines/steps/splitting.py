"""Part a table in two, by its own rows: the same rows with the same seed always go to the same side."""

import tempfile
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.datasets.intake.engine import identifier, literal
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tables import table_path
from apps.files.receiving import waiting_room
from apps.jobs.errors import CannotBeDone
from apps.pipelines.steps.context import Context
from apps.pipelines.steps.duck import duck
from apps.pipelines.steps.tables import keep, parts_still_in, prepared

PARTS = ("train", "evaluation")
FINE = 1 << 48  # how finely a hash tells rows apart


def work(context: Context) -> dict[str, Any]:
    """Both parts as prepared tables."""
    source, said = context.table("data"), context.said
    names = [column["name"] for column in source.columns]
    for column in filter(None, (said.column, said.stratify)):
        if column not in names:
            raise CannotBeDone(f"{source.reference} has no column “{column}” to split by.")
    made = {}
    with tempfile.TemporaryDirectory(dir=waiting_room()) as folder:
        paths = {part: Path(folder) / f"{part}.parquet" for part in PARTS}
        _write(said, source, paths, Path(folder))
        for number, part in enumerate(PARTS):
            context.look_up(0.3 + 0.3 * number, f"Keeping the rows to {part}")
            made[part] = prepared(paths[part], parts_still_in(source.metadata, names), context, part)
            context.say(f"{part}: {made[part].rows:,} of {source.rows:,} rows.")
    return made


def commit(context: Context, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    now, like = timezone.now(), context.table("data").dataset
    return {part: keep(context, part, found[part], getattr(context.said.into, part), like, now) for part in PARTS}


def _write(said: Any, source: DatasetVersion, paths: dict[str, Path], folder: Path) -> None:
    path = table_path(source)
    with duck(folder, path) as database:
        rows = f"read_parquet({literal(str(path))}, file_row_number = true)"
        database.execute(f"CREATE VIEW data AS SELECT * FROM {rows}")
        database.execute(f"CREATE TABLE sides AS {_sides(said, source)}")
        for side, (part, target) in enumerate(paths.items()):
            (found,) = database.execute("SELECT count(*) FROM sides WHERE side = ?", [side]).fetchall()[0]
            if not found:
                raise CannotBeDone(f"No row of {source.reference} would be left for {part}.")
            database.execute(
                "COPY (SELECT data.* EXCLUDE (file_row_number) FROM data JOIN sides ON file_row_number = place "
                f"WHERE side = {side} ORDER BY place) TO {literal(str(target))} (FORMAT parquet)"
            )


def _sides(said: Any, source: DatasetVersion) -> str:
    """SQL for (place, side): 0 to train on, 1 to evaluate on, 2 left out."""
    share = float(said.evaluation_share)
    if said.by == "time":
        return _by_time(identifier(said.column), share, int(said.gap))
    if said.by == "group":
        chance = _chance(identifier(said.column), said.seed)
        return f"SELECT file_row_number AS place, CASE WHEN {chance} < {share} THEN 1 ELSE 0 END AS side FROM data"
    known = source.metadata.get("id_column")
    chance = _chance(identifier(known) if known else "file_row_number", said.seed)
    if not said.stratify:
        return f"SELECT file_row_number AS place, CASE WHEN {chance} < {share} THEN 1 ELSE 0 END AS side FROM data"
    stratum = f"PARTITION BY {identifier(said.stratify)}"
    nth = f"row_number() OVER ({stratum} ORDER BY {chance}, file_row_number)"
    wanted = f"round(count(*) OVER ({stratum}) * {share})"
    return f"SELECT file_row_number AS place, CASE WHEN {nth} <= {wanted} THEN 1 ELSE 0 END AS side FROM data"


def _chance(what: str, seed: int) -> str:
    """A number in [0, 1) that hangs on a value and the seed alone, so that a row stays on its side when others come.

    By md5, whose value no library's next version changes.
    """
    return f"(('0x' || substr(md5(concat_ws('|', {int(seed)}, {what}::VARCHAR)), 1, 12))::BIGINT / {FINE})"


def _by_time(moment: str, share: float, gap: int) -> str:
    """Rows of one moment stay together; what has no moment is left out, and the `gap` moments before the cut."""
    return f"""
        WITH moments AS (SELECT {moment} AS moment, count(*) AS n FROM data WHERE {moment} IS NOT NULL GROUP BY 1),
             counted AS (
                SELECT moment, row_number() OVER (ORDER BY moment) AS nth,
                       sum(n) OVER (ORDER BY moment) - n AS before, sum(n) OVER () AS total
                FROM moments),
             cut AS (SELECT min(nth) AS first FROM counted WHERE before >= {1 - share} * total)
        SELECT file_row_number AS place,
               CASE WHEN nth >= first THEN 1 WHEN nth < first - {gap} THEN 0 ELSE 2 END AS side
        FROM data LEFT JOIN counted ON {moment} = moment CROSS JOIN cut"""
