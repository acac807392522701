"""Rows as the protocol shows them: ids as strings, times in milliseconds, nothing where nothing is said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from pydantic_core import to_json

from apps.tracking.models import Experiment, Logbook, Run

STAGES = {Experiment.Status.ACTIVE: "active", Experiment.Status.DELETED: "deleted"}


def milliseconds(moment: datetime) -> int:
    """Since 1970."""
    return int(moment.timestamp() * 1000)


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping as the protocol's list of keys and values."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def experiment_shown(row: Experiment) -> dict[str, Any]:
    """An experiment as MLflow's clients read it."""
    shown: dict[str, Any] = {
        "experiment_id": row.protocol_id,
        "name": row.name,
        "artifact_location": f"mlflow-artifacts:/{row.protocol_id}",
        "lifecycle_stage": STAGES[Experiment.Status(row.status)],
        "last_update_time": milliseconds(row.changed_at),
        "creation_time": milliseconds(row.created_at),
    }
    return {**shown, "tags": listed(row.tags)} if row.tags else shown


def run_info(run: Run) -> dict[str, Any]:
    """A run's own facts, without what it logged."""
    number = str(run.experiment_id)
    info: dict[str, Any] = {
        "run_id": run.reference,
        "run_uuid": run.reference,
        "run_name": run.name,
        "experiment_id": number,
        "user_id": run.claimed_user,
        "status": run.status,
        "start_time": run.started_ms,
        "artifact_uri": f"mlflow-artifacts:/{number}/{run.reference}/artifacts",
        "lifecycle_stage": "deleted" if run.is_put_aside else "active",
    }
    return info if run.ended_ms is None else {**info, "end_time": run.ended_ms}


def run_shown(run: Run) -> str:
    """A run as JSON; what it logged is in its logbook as the protocol spells it, and goes out as it stands there."""
    book: Logbook = run.logbook  # type: ignore[attr-defined]
    return run_spelled(run_info(run), book.metrics, book.params, book.tags, book.inputs, book.outputs)


def run_spelled(info: dict[str, Any], metrics: str, params: str, tags: str, inputs: str, outputs: str) -> str:
    """The same of its parts."""
    data = ",".join(
        f'"{name}":{listed}'
        for name, listed in (("metrics", metrics), ("params", params), ("tags", tags))
        if listed != "[]"
    )
    return f'{{"info":{to_json(info).decode()},"data":{{{data}}},"inputs":{inputs},"outputs":{outputs}}}'


def spelled(*parts: str) -> HttpResponse:
    """An answer of JSON that is spelt already."""
    return HttpResponse("".join(parts), content_type="application/json")
