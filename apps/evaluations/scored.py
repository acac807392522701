"""A version's tables with its model's scores in them, and what else the model answered. Slow: not in transactions."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tables import table_path
from apps.evaluations.believing import believed
from apps.evaluations.scoring import Request, Scored, score_apart
from apps.evaluations.specs import columns_to_keep
from apps.files.models import Blob
from apps.files.receiving import receive
from apps.files.services import keep, path_of
from apps.inventory.models import ModelVersion
from apps.jobs import sandbox
from apps.jobs.errors import Cancelled, CannotBeDone
from apps.jobs.running import Run
from apps.jobs.sandbox.reports import plain
from apps.measures.catalogue import definitions
from apps.measures.definitions import Family
from apps.measures.parity import parity_results
from apps.measures.results import Estimate, Status

ELSEWHERE = "The model lives elsewhere: only its scores were brought, so it can't be asked about changed rows."
MANY_CLASSES = "Explanation and robustness are measured for two classes and for numbers, not for many classes."
UNREADABLE = "The model's process answered with something that is no result. Nothing of it was taken."
CONFIDENCE = 0.95
SCORING_SHARE = 0.65  # of the job's progress


@dataclass(frozen=True)
class Table:
    """A table with scores in it."""

    path: Path
    blob: Blob | None  # None where the scores came with the data itself
    columns: dict[str, Any]  # {id, scores: [column], prediction}


@dataclass(frozen=True)
class Answers:
    """Everything that the model said: scores of both tables, and results that need the model itself."""

    tested: Table
    before: Table
    results: list[dict[str, Any]]  # of explanation and robustness, in the API's shape
    engine: dict[str, Any]


def ask(version: ModelVersion, tested: DatasetVersion, before: DatasetVersion, run: Run) -> Answers:
    """Score both tables and ask what else can be asked, in one start of the sandbox.

    Raises:
        CannotBeDone: with the sentence for whoever submitted it.
    """
    if not version.said.loadable:
        return Answers(_came(tested), _came(before), _unanswered(version, ELSEWHERE), {"scored": "elsewhere"})
    with tempfile.TemporaryDirectory(prefix="score-") as folder:
        scored = _score(version, tested, before, run, Path(folder))
        assert scored.reference_predictions is not None
        try:
            return Answers(
                _kept(scored.predictions, scored.result["columns"]),
                _kept(scored.reference_predictions, scored.result["reference"]["columns"]),
                _answered(version, scored.result),
                _engine(scored),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise CannotBeDone(UNREADABLE) from error


def _score(version: ModelVersion, tested: DatasetVersion, before: DatasetVersion, run: Run, folder: Path) -> Scored:
    original = version.parity_artifact
    request = Request.from_metadata(
        version.metadata,
        id_column=tested.metadata.get("id_column"),
        keep=columns_to_keep(version, tested),
        reference_id_column=before.metadata.get("id_column"),
        reference_keep=columns_to_keep(version, before),
        steps=_steps(version),
        parity_format=original.format if original else None,
    )
    try:
        return score_apart(
            path_of(version.artifact_id),
            table_path(tested),
            request,
            scratch=folder,
            other=path_of(original.blob_id) if original else None,
            reference=table_path(before),
            limits=_limits(),
            on_progress=lambda share, message: run.progress(SCORING_SHARE * share, message or "Scoring"),
            cancelled=run.cancelled,
        )
    except sandbox.Cancelled as stopped:
        raise Cancelled from stopped
    except sandbox.SandboxFailure as failure:
        raise CannotBeDone(failure.sentence) from failure


def _limits() -> sandbox.Limits:
    return sandbox.Limits(
        wall_seconds=settings.EVALUATION_SECONDS,
        cpu_seconds=settings.EVALUATION_SECONDS,
        memory_bytes=settings.EVALUATION_MEMORY_BYTES,
    )


def _steps(version: ModelVersion) -> tuple[str, ...]:
    asked = () if version.said.task == "multiclass" else ("explain", "perturb")
    return ("reference", *(["parity"] if version.parity_artifact else []), *asked)


def _kept(path: Path, columns: dict[str, Any]) -> Table:
    with path.open("rb") as file:
        blob = keep(receive(file, limit_bytes=path.stat().st_size))
    return Table(path_of(blob.digest), blob, columns)


def _came(table: DatasetVersion) -> Table:
    """A table whose scores came with it, for a model that lives elsewhere."""
    score = table.metadata.get("score")
    if not score:
        raise CannotBeDone(
            f"{table.reference} names no score column, so a model scored elsewhere can't be judged on it."
        )
    columns = {
        "id": table.metadata.get("id_column"),
        "scores": [score] if isinstance(score, str) else list(score),
        "prediction": table.metadata.get("prediction"),
    }
    return Table(table_path(table), None, columns)


def _answered(version: ModelVersion, found: dict[str, Any]) -> list[dict[str, Any]]:
    """What the steps beside scoring gave; a step that the model refused says so in a result of each measure."""
    results = [result.as_dict() for result in parity_results(found["parity"])] if "parity" in found else []
    if "explain" not in found:
        return results + _unanswered(version, MANY_CLASSES)
    for step, family in (("explain", Family.EXPLANATION), ("perturb", Family.ROBUSTNESS)):
        refused = found[step].get("refused")
        if refused:
            results += _unanswered(version, plain(refused), family)
        else:
            results += believed(found[step]["results"], family, version.said.task, version.said.inputs, CONFIDENCE)
    return results


def _unanswered(version: ModelVersion, reason: str, *families: Family) -> list[dict[str, Any]]:
    absent = Estimate(value=None, n=0, status=Status.NOT_AVAILABLE, reason=reason)
    return [
        definition.result(absent, confidence=CONFIDENCE).as_dict()
        for definition in definitions(*(families or (Family.EXPLANATION, Family.ROBUSTNESS)))
        if version.said.task in definition.tasks and not definition.id.startswith("parity_")
    ]


def _engine(scored: Scored) -> dict[str, Any]:
    """What the numbers depend on, and what was noted on the way."""
    told = {
        "libraries": scored.result["engine"],
        "walls": scored.walls,
        "seconds": round(scored.seconds, 3),
        "rows": scored.result["rows"],
    }
    notes = ("missing_scores", "unknown_categories", "text_read_as_numbers")
    return told | {name: scored.result[name] for name in notes if scored.result[name]}
