"""The job of an evaluation: score once, in the sandbox, and measure everything on the table of predictions."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.audit.acts import lock
from apps.datasets.models import DatasetVersion
from apps.evaluations.fitness import unfit
from apps.evaluations.models import Evaluation
from apps.evaluations.scored import Answers, ask
from apps.evaluations.services import complete, fail
from apps.evaluations.specs import spec_of
from apps.files.removing import ask_removal
from apps.inventory.models import ModelVersion
from apps.jobs.errors import CannotBeDone
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.measures.measuring import measure

GONE = "The version that was to be evaluated waits for it no longer."


def work(run: Run) -> dict[str, Any]:
    """Score the evaluation and the reference table, and measure. Slow; outside of any transaction."""
    version = _evaluation(run.job).version
    tested, before = _table(version, "evaluation_data"), _table(version, "reference_data")
    reason = unfit(version, tested)
    if reason:
        raise CannotBeDone(reason)
    run.progress(0.0, "Starting the sandbox")
    answers = ask(version, tested, before, run)
    run.progress(0.7, "Measuring")
    results = measured(version, answers)
    run.progress(0.95, "Giving the verdict")
    return {
        "results": [{**result, "dataset_digest": tested.digest} for result in results],
        "predictions": answers.tested.blob,
        "reference_predictions": answers.before.blob,
        "engine": answers.engine,
    }


def commit(run: Run, found: dict[str, Any]) -> dict[str, Any]:
    """Take in what was found, in the transaction that ends the job; nothing, where the rows were erased meanwhile."""
    evaluation, now = _evaluation(run.job), timezone.now()
    tables = [lock(_table(evaluation.version, field)) for field in ("evaluation_data", "reference_data")]
    gone = next((table for table in tables if table.gone), None)
    if gone is not None:
        return _give_up(evaluation, gone, found, now)
    evaluation = complete(evaluation=evaluation, now=now, **found)
    verdict = evaluation.verdict
    return {"evaluation": evaluation.reference, "outcome": verdict.outcome, "results": len(found["results"])}


def _give_up(evaluation: Evaluation, gone: DatasetVersion, found: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The evaluation fails with what became of its table, and the predictions that were made of it go."""
    fail(evaluation=evaluation, reason=gone.why_gone(), now=now)
    made = [found[name].digest for name in ("predictions", "reference_predictions") if found[name] is not None]
    ask_removal(made, reason=f"Made of {gone.reference}: {gone.gone_because}", now=now)
    return {"evaluation": evaluation.reference, "outcome": "failed", "results": 0}


def failed(job: Job) -> None:
    """The job gave up or was cancelled: the evaluation says so, and why."""
    evaluation = Evaluation.objects.get(reference=job.parameters["evaluation"])
    if evaluation.status == Evaluation.Status.RUNNING:
        fail(evaluation=evaluation, reason=job.error or "Somebody cancelled it.", now=timezone.now())


def measured(version: ModelVersion, answers: Answers) -> list[dict[str, Any]]:
    """Every result on the scored tables, in the API's shape, and what the model answered beside.

    Raises:
        CannotBeDone: a label or a bin doesn't fit its column.
    """
    spec = spec_of(version, answers.tested.columns)
    try:
        results = measure(answers.tested.path, spec, reference=answers.before.path)
    except (KeyError, ValueError) as error:
        raise CannotBeDone(str(error.args[0] if error.args else error)) from error
    return [result.as_dict() for result in results] + answers.results


def _evaluation(job: Job) -> Evaluation:
    rows = Evaluation.objects.select_related(
        "version__model", "version__artifact", "version__parity_artifact", "requested_by"
    )
    evaluation = rows.get(reference=job.parameters["evaluation"])
    if evaluation.status != Evaluation.Status.RUNNING:
        raise CannotBeDone(GONE)
    return evaluation


def _table(version: ModelVersion, field: str) -> DatasetVersion:
    return DatasetVersion.objects.get(reference=version.metadata[field])
