"""Earlier values of a series as columns: what a forecast may know `horizon` steps before."""

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


def work(context: Context) -> dict[str, Any]:
    source, said = context.table("data"), context.said.lags
    names = [column["name"] for column in source.columns]
    missing = [column for column in (said.time, said.value, *said.series) if column not in names]
    if missing:
        raise CannotBeDone(f"{source.reference} has no column “{missing[0]}”.")
    made = columns_made(said)
    clash = sorted(set(made) & set(names))
    if clash:
        raise CannotBeDone(f"{source.reference} has a column “{clash[0]}” already.")
    with tempfile.TemporaryDirectory(dir=waiting_room()) as folder:
        path = Path(folder) / "features.parquet"
        _write(said, source, path, made)
        context.look_up(0.5, "Keeping the table")
        metadata = {"target": said.value, **parts_still_in(source.metadata, names), "time_column": said.time}
        found = prepared(path, metadata, context, "data")
    context.say(f"{found.rows:,} of {source.rows:,} rows, {len(made)} columns of earlier values.")
    return {"made": found}


def commit(context: Context, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    like = context.table("data").dataset
    return {"data": keep(context, "data", found["made"], context.said.into, like, timezone.now())}


def columns_made(said: Any) -> dict[str, str]:
    """The SQL of each new column by its name.

    A lag of n is the value n steps before what can be known, which is `horizon` steps before the row; a window of n
    is the mean of the n values up to there.
    """
    value, order = identifier(said.value), "OVER series"
    made = {}
    for lag in said.lags:
        made[f"{said.value}_lag_{lag}"] = f"lag({value}, {lag + said.horizon}) {order}"
    for window in said.windows:
        frame = f"ROWS BETWEEN {window + said.horizon - 1} PRECEDING AND {said.horizon} PRECEDING"
        over = f"OVER ({_partition(said)}ORDER BY {identifier(said.time)} {frame})"
        mean = f"CASE WHEN count({value}) {over} = {window} THEN avg({value}) {over} END"
        made[f"{said.value}_mean_{window}"] = mean
    return made


def _write(said: Any, source: DatasetVersion, target: Path, made: dict[str, str]) -> None:
    path = table_path(source)
    with duck(target.parent, path) as database:
        time, series = identifier(said.time), [identifier(column) for column in said.series]
        database.execute(f"CREATE VIEW data AS SELECT * FROM read_parquet({literal(str(path))})")
        keys = ", ".join([*series, time])
        twice = database.execute(f"SELECT {keys} FROM data GROUP BY {keys} HAVING count(*) > 1 LIMIT 1").fetchall()
        if twice:
            shown = ", ".join(map(str, twice[0]))
            raise CannotBeDone(f"Two rows are of the same moment of a series ({shown}), so “before” means nothing.")
        added = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in made.items())
        complete = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in made)
        wanted = f"WHERE {complete}" if said.drop_incomplete else ""
        database.execute(
            f"COPY (SELECT * FROM (SELECT *, {added} FROM data WHERE {time} IS NOT NULL "
            f"WINDOW series AS ({_partition(said)}ORDER BY {time})) {wanted} ORDER BY {keys}) "
            f"TO {literal(str(target))} (FORMAT parquet)"
        )
        if not database.execute(f"SELECT count(*) FROM read_parquet({literal(str(target))})").fetchall()[0][0]:
            raise CannotBeDone(f"No row of {source.reference} has all the earlier values; it is too short.")


def _partition(said: Any) -> str:
    return f"PARTITION BY {', '.join(map(identifier, said.series))} " if said.series else ""
