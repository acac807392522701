"""The caller's side: start the sandbox on an artefact and a table, take the predictions out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.evaluations.scoring.predictions import FILE, REFERENCE_FILE
from apps.evaluations.scoring.request import Request
from apps.jobs import sandbox


@dataclass(frozen=True)
class Scored:
    """Predictions as Parquet files (the reference's where asked for), what was found, and which walls stood."""

    predictions: Path
    reference_predictions: Path | None
    result: dict[str, Any]
    walls: dict[str, Any]
    seconds: float


def score_apart(
    artefact: Path,
    table: Path,
    request: Request,
    *,
    scratch: Path,
    other: Path | None = None,
    reference: Path | None = None,
    limits: sandbox.Limits | None = None,
    on_progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Scored:
    """Score a model over a table in the sandbox.

    Args:
        artefact: the model's file, scanned and accepted before.
        table: Parquet; every input is a column of it.
        scratch: an existing empty folder; the caller removes it after taking the predictions.
        other: a second artefact, for the step "parity".
        reference: Parquet of rows like the table's, which explanations take for "not knowing" a feature, and the step
            "reference" scores too.
    Raises:
        Refused: the table or the model isn't what the metadata says; the sentence says where.
        SandboxFailure: how else it ended.
    """
    given = {"artefact": artefact, "table": table, "other": other, "reference": reference}
    outcome = sandbox.run(
        "apps.evaluations.scoring.program",
        {name: path for name, path in given.items() if path is not None},
        request.as_json(),
        scratch=scratch,
        limits=limits,
        on_progress=on_progress,
        cancelled=cancelled,
    )
    reference_file = outcome.file(REFERENCE_FILE) if "reference" in request.steps else None
    return Scored(outcome.file(FILE), reference_file, outcome.result, outcome.walls, outcome.seconds)
