"""Rows as the protocol shows them: ids as strings, times in milliseconds, nothing where nothing is said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.tracking.models import Experiment

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
