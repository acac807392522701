"""Predictions hold rows of people, so they go with the rows they were made of; what was measured stays."""

import pytest

from apps.audit.models import Entry
from apps.core.errors import Gone
from apps.evaluations import evaluating
from apps.evaluations.models import Evaluation
from apps.evaluations.services import complete, request_evaluation
from apps.files.services import path_of, store_bytes
from apps.jobs.models import Job
from apps.jobs.running import Run, work_off
from tests.builders.erasures import erase, table_of
from tests.builders.versions import a_draft, fresh, results

pytestmark = pytest.mark.usefixtures("policies_in_force", "own_files")


@pytest.fixture
def draft(olivia, dmitri, now):
    return a_draft(olivia, dmitri, now)


def scored(draft, dmitri, now, predictions=b"scores", reference=b"other scores"):
    """An evaluation whose predictions are these bytes."""
    evaluation = request_evaluation(actor=dmitri, version=draft, now=now, dry_run=True)
    Job.objects.filter(pk=evaluation.job).update(state="done", ended_at=now)
    made = {"predictions": store_bytes(predictions), "reference_predictions": store_bytes(reference)}
    return complete(evaluation=evaluation, results=results(), engine={}, now=now, **made)


def test_both_tables_of_predictions_go_and_the_results_stay(draft, dmitri, olivia, rosa, now):
    evaluation = scored(draft, dmitri, now)
    paths = [path_of(evaluation.predictions_id), path_of(evaluation.reference_predictions_id)]
    erase(olivia, rosa, table_of(draft).dataset, now, "2")
    assert not any(path.exists() for path in paths)
    with pytest.raises(Gone, match="Made of DS-0001@1: ERS-0001"):
        path_of(evaluation.predictions_id)
    after = fresh(evaluation)
    assert after.predictions_erased_at and after.results.count() == len(results())
    told = Entry.objects.filter(verb="evaluations.predictions_erased")
    assert set(told.values_list("subject_reference", "cause")) == {(evaluation.reference, "datasets.version_erased")}


def test_those_of_another_table_stay(draft, dmitri, olivia, rosa, now):
    evaluation = scored(draft, dmitri, now)
    from tests.builders.datasets import a_version

    other = a_version(dmitri, now, b"id,x\n2,1\n3,2\n")
    erase(olivia, rosa, other.dataset, now, "2")
    assert path_of(evaluation.predictions_id).exists() and fresh(evaluation).predictions_erased_at is None


def test_an_evaluation_under_way_keeps_nothing_of_rows_that_are_erased_meanwhile(draft, dmitri, olivia, rosa, now):
    evaluation = request_evaluation(actor=dmitri, version=draft, now=now, dry_run=True)
    job = Job.objects.get(pk=evaluation.job)
    Job.objects.filter(pk=job.pk).update(
        state="done", ended_at=now, lease_until=None
    )  # out of the way of the erasure
    erase(olivia, rosa, table_of(draft).dataset, now, "2")
    made = store_bytes(b"made of rows that are gone")
    found = {"results": results(), "predictions": made, "reference_predictions": None, "engine": {}}
    told = evaluating.commit(Run(job), found)
    work_off()
    assert told["outcome"] == "failed"
    assert Evaluation.objects.get().status == "failed" and "were erased" in Evaluation.objects.get().error
    with pytest.raises(Gone):
        path_of(made.digest)


def test_a_draft_on_erased_rows_can_not_be_evaluated_and_says_why(draft, dmitri, olivia, rosa, now):
    erase(olivia, rosa, table_of(draft).dataset, now, "2")
    request_evaluation(actor=dmitri, version=draft, now=now, dry_run=True)
    work_off()
    evaluation = Evaluation.objects.get()
    assert evaluation.status == "failed" and "DS-0001@2 has those that stayed" in evaluation.error
