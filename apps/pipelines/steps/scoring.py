"""Let the candidate score a table, in the sandbox."""

import tempfile
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.evaluations.scoring import Request, score_apart
from apps.evaluations.specs import columns_to_keep
from apps.files.services import path_of
from apps.jobs import sandbox
from apps.jobs.errors import Cancelled, CannotBeDone
from apps.pipelines.steps.context import Context
from apps.pipelines.steps.evaluating import version_of
from apps.pipelines.steps.tables import keep, prepared


def work(context: Context) -> dict[str, Any]:
    """The predictions, prepared."""
    version, table = version_of(context), context.table("data")
    if version.artifact_id is None:
        raise CannotBeDone(f"{version.reference} has no artefact that could score.")
    request = Request.from_metadata(
        version.metadata, id_column=table.metadata.get("id_column"), keep=columns_to_keep(version, table)
    )
    seconds = context.said.timeout_seconds
    with tempfile.TemporaryDirectory(prefix="score-") as folder:
        try:
            scored = score_apart(
                path_of(version.artifact_id),
                context.file("data"),
                request,
                scratch=Path(folder),
                limits=sandbox.Limits(wall_seconds=seconds, cpu_seconds=seconds),
                on_progress=lambda share, message: context.job.progress(0.8 * share, message),
                cancelled=context.job.cancelled,
            )
        except sandbox.Cancelled as stopped:
            raise Cancelled from stopped
        except sandbox.SandboxFailure as failure:
            raise CannotBeDone(failure.sentence) from failure
        context.engine |= {"walls": scored.walls, "libraries": scored.result["engine"]}
        context.say(f"{scored.result['rows']:,} rows scored by {version.reference}.")
        columns = scored.result["columns"]
        roles = {"id_column": columns["id"], "score": _scores(columns["scores"]), "prediction": columns["prediction"]}
        return {"made": prepared(scored.predictions, {k: v for k, v in roles.items() if v}, context, "predictions")}


def commit(context: Context, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    like = context.table("data").dataset
    return {"predictions": keep(context, "predictions", found["made"], context.said.into, like, timezone.now())}


def _scores(columns: list[str]) -> str | list[str]:
    return columns[0] if len(columns) == 1 else list(columns)
