"""A trained model on real rows, from its file to a verdict: scanned, submitted, scored in the sandbox, measured.

The figures are those that the data's own page says, for the recipe that tests/builders/waiver.py follows.
"""

import numpy as np
import pyarrow.parquet as pq
import pytest

from apps.datasets.models import DatasetVersion
from apps.dossiers.services import submit
from apps.evaluations.services import request_evaluation
from apps.files.services import path_of
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.loans import a_scorecard
from tests.builders.versions import fresh
from tests.builders.waiver import a_waiver, trained

pytestmark = [pytest.mark.usefixtures("policies_in_force"), pytest.mark.filterwarnings("ignore")]


def judged(version, dmitri, now, **chosen):
    """Its evaluation, after its job was done."""
    submit(actor=dmitri, version=version, now=now)
    work_off()
    return version.evaluations.get(**chosen)


def gate(evaluation, name):
    return next(gate for gate in evaluation.verdict.gates if gate["name"] == name)


def figures(evaluation, name):
    return [round(gate(evaluation, name)[part], 3) for part in ("value", "low", "high")]


def test_all_ages_flatter_a_model_that_fails_for_the_worst_race_group(olivia, dmitri, now):
    evaluation = judged(a_waiver(olivia, dmitri, now, trained(ages=(0, 95))), dmitri, now)
    assert (evaluation.status, evaluation.verdict.outcome) == ("done", "failed")
    assert figures(evaluation, "Four-fifths rule") == [0.639, 0.578, 0.705]
    assert gate(evaluation, "Four-fifths rule")["select"] == {"attribute": "RAC1P", "group": {"RAC1P": "9"}}
    assert figures(evaluation, "Ranking power")[0] == 0.899
    assert figures(evaluation, "Accuracy of probabilities")[0] == 0.124
    assert fresh(evaluation.version).status == "draft" and evaluation.results.count() > 300


def test_working_age_passes_at_the_point_and_not_with_its_lower_bound(olivia, dmitri, now):
    model = trained()
    evaluation = judged(a_waiver(olivia, dmitri, now, model, "onnx"), dmitri, now)
    assert (evaluation.status, evaluation.verdict.outcome) == ("done", "passed_near_limit")
    assert figures(evaluation, "Four-fifths rule") == [0.831, 0.799, 0.864]
    assert figures(evaluation, "Ranking power")[0] == 0.796
    assert figures(evaluation, "Stability against the reference")[0] == 0.001
    blocking = {gate["outcome"] for gate in evaluation.verdict.gates if gate["severity"] == "block"}
    assert blocking == {"passed", "passed_near_limit"}
    assert fresh(evaluation.version).status == "in_validation"
    scored = pq.read_table(path_of(evaluation.predictions_id)).to_pandas()
    assert np.abs(scored["score"] - model.expected).max() < 1e-5
    assert evaluation.engine["walls"]["landlock"] and evaluation.engine["libraries"]["onnxruntime"]
    the_model_was_asked_in_the_start_that_scored(evaluation, model)
    every_number_says_what_it_was_measured_on(evaluation)
    job = Job.objects.get(pk=evaluation.job)
    assert job.state == "done" and job.result["outcome"] == "passed_near_limit"


def the_model_was_asked_in_the_start_that_scored(evaluation, model):
    importance = evaluation.results.filter(measure="feature_importance")
    assert {result.attribute for result in importance} == set(model.inputs)
    told = evaluation.results.get(measure="explanation_additivity")
    assert told.series["exact"] and told.value < 1e-3 and len(told.series["cases"]) == 5
    assert importance.first().series["dependence"]
    robust = {r.measure for r in evaluation.results.filter(family="robustness", status="ok")}
    assert robust >= {"decisions_flipped", "auc_change", "score_movement", "rows_refused"}
    assert evaluation.results.get(measure="parity_max_difference").value < 1e-5
    assert evaluation.results.get(measure="parity_equal_decisions").value == 1.0


def every_number_says_what_it_was_measured_on(evaluation):
    table = DatasetVersion.objects.get(reference=evaluation.version.metadata["evaluation_data"])
    assert set(evaluation.results.values_list("dataset_digest", flat=True)) == {table.digest}
    assert not evaluation.results.filter(status="error").exists()
    assert not evaluation.results.filter(status="ok", n=0).exists()


def test_a_thousand_loans_are_too_few_to_judge_the_young_by(olivia, dmitri, now):
    evaluation = judged(a_scorecard(olivia, dmitri, now), dmitri, now)
    assert (evaluation.status, evaluation.verdict.outcome) == ("done", "inconclusive")
    young = gate(evaluation, "Four-fifths rule")
    assert young["select"]["group"] == {"age": "25 or under"} and young["n"] < 100
    assert "fewer than the 100 this policy asks for" in young["reason"]
    assert fresh(evaluation.version).status == "in_validation"


def test_a_dry_run_gives_the_same_numbers_and_moves_nothing(olivia, dmitri, now):
    version = a_waiver(olivia, dmitri, now, trained(most=6000, max_iter=20))
    dry = request_evaluation(actor=dmitri, version=version, now=now, dry_run=True)
    work_off()
    assert fresh(dry).status == "done" and fresh(version).status == "draft"
    real = judged(version, dmitri, now, dry_run=False)
    assert real.results_digest == fresh(dry).results_digest and real.predictions_id == fresh(dry).predictions_id
