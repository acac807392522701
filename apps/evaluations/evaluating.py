"""The job of an evaluation: score once, in the sandbox, and measure everything on the table of predictions."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.datasets.models import DatasetVersion
from apps.datasets.selectors import table_path
from apps.evaluations.models import Evaluation
from apps.evaluations.scoring import Request, score_apart
from apps.evaluations.services import complete, fail
from apps.evaluations.specs import columns_to_keep, spec_of
from apps.files.models import Blob
from apps.files.receiving import receive
from apps.files.services import keep, path_of
from apps.inventory.models import ModelVersion
from apps.jobs import sandbox
from apps.jobs.errors import CannotBeDone
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.measures.measuring import measure

GONE = "The version that was to be evaluated waits for it no longer."


@dataclass(frozen=True)
class ScoredTable:
    """A table with the model's scores in it, kept by its digest."""

    path: Path
    blob: Blob | None  # None where the scores came with the data itself
    digest: str  # of the dataset version that was scored
    columns: dict[str, Any]  # {id, scores: [column], prediction}
    engine: dict[str, Any]


def work(run: Run) -> dict[str, Any]:
    """Score the evaluation and the reference table, and measure. Slow; outside of any transaction."""
    evaluation = _evaluation(run.job)
    version = evaluation.version
    tested = _scored(version, _table(version, "evaluation_data"), run, "Scoring the evaluation data")
    before = _scored(version, _table(version, "reference_data"), run, "Scoring the reference data")
    run.progress(0.7, "Measuring")
    results = measured(version, tested, before)
    run.progress(0.95, "Giving the verdict")
    engine = {"evaluation_data": tested.engine, "reference_data": before.engine}
    return {"results": results, "tested": tested.blob, "before": before.blob, "engine": engine}


def commit(run: Run, found: dict[str, Any]) -> dict[str, Any]:
    """Take in what was found, in the transaction that ends the job."""
    evaluation = complete(
        evaluation=_evaluation(run.job),
        results=found["results"],
        predictions=found["tested"],
        reference_predictions=found["before"],
        engine=found["engine"],
        now=timezone.now(),
    )
    verdict = evaluation.verdict
    return {"evaluation": evaluation.reference, "outcome": verdict.outcome, "results": len(found["results"])}


def failed(job: Job) -> None:
    """The job gave up or was cancelled: the evaluation says so, and why."""
    evaluation = Evaluation.objects.get(reference=job.parameters["evaluation"])
    if evaluation.status == Evaluation.Status.RUNNING:
        fail(evaluation=evaluation, reason=job.error or "Somebody cancelled it.", now=timezone.now())


def measured(version: ModelVersion, tested: ScoredTable, before: ScoredTable) -> list[dict[str, Any]]:
    """Every result on a scored table, in the API's shape, with the digest of the data it was measured on."""
    spec = spec_of(version, tested.columns)
    results = measure(tested.path, spec, reference=before.path)
    return [{**result.as_dict(), "dataset_digest": tested.digest} for result in results]


def _scored(version: ModelVersion, table: DatasetVersion, run: Run, doing: str) -> ScoredTable:
    run.progress(0.05, doing)
    if not version.said.loadable:
        return _came_scored(version, table)
    request = Request.from_metadata(
        version.metadata, id_column=table.metadata.get("id_column"), keep=columns_to_keep(version, table)
    )
    with tempfile.TemporaryDirectory(prefix="score-") as folder:
        try:
            scored = score_apart(
                path_of(version.artifact_id),
                table_path(table),
                request,
                scratch=Path(folder),
                on_progress=lambda share, message: run.progress(0.05 + 0.3 * share, message or doing),
                cancelled=run.cancelled,
            )
        except sandbox.SandboxFailure as failure:
            raise CannotBeDone(failure.sentence) from failure
        with scored.predictions.open("rb") as file:
            blob = keep(receive(file, limit_bytes=scored.predictions.stat().st_size))
    engine = {"walls": scored.walls, "seconds": round(scored.seconds, 3), **scored.result.get("engine", {})}
    return ScoredTable(path_of(blob.digest), blob, table.digest, scored.result["columns"], engine)


def _came_scored(version: ModelVersion, table: DatasetVersion) -> ScoredTable:
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
    return ScoredTable(table_path(table), None, table.digest, columns, {"scored": "elsewhere"})


def _evaluation(job: Job) -> Evaluation:
    rows = Evaluation.objects.select_related("version__model", "version__artifact", "requested_by")
    evaluation = rows.get(reference=job.parameters["evaluation"])
    if evaluation.status != Evaluation.Status.RUNNING:
        raise CannotBeDone(GONE)
    return evaluation


def _table(version: ModelVersion, field: str) -> DatasetVersion:
    return DatasetVersion.objects.get(reference=version.metadata[field])
