"""From data to a candidate: every kind of model, trained, registered and evaluated, and never submitted."""

import json

import numpy as np
import pandas as pd
import pytest

from apps.core.errors import RuleViolated
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.selectors.tables import frame
from apps.inventory.models import ModelVersion
from apps.jobs.models import Job
from apps.jobs.running import carry_out
from apps.pipelines.models import PipelineRun
from apps.pipelines.services.starting import request_run
from apps.pipelines.services.stopping import cancel_run
from apps.validations.services import open_validation
from tests.builders.datasets import a_dataset, a_version
from tests.builders.pipelines import CREDIT, in_force, run_of, states
from tests.builders.pipelines import credit_rows as credit_table
from tests.conftest import also


@pytest.fixture
def credit_rows(policies_in_force, model, dmitri, now, tmp_path):
    data = a_dataset(dmitri, now, name="Credit")
    said = {"id_column": "id", "target": "default", "protected": ["sex"]}
    return a_version(dmitri, now, credit_table(tmp_path), data, "credit.parquet", **said)


def test_a_binary_model_becomes_a_candidate_with_evidence(credit_rows, model, dmitri, victor, olivia, now):
    run = run_of(in_force(dmitri, victor, now, CREDIT.replace("ALGORITHM", "hist_gradient_boosting")), olivia, now)
    assert run.status == "done", run.error
    version = ModelVersion.objects.get()
    assert (run.candidate, version.status) == (version.reference, "draft")
    said = version.metadata
    assert (said["training_run"], said["code_version"], said["format"]) == (run.reference, "PL-0001@1", "onnx")
    assert said["categories"] == {"region": ["north", "south", "west"]} and version.parity_artifact is not None
    evaluation = version.evaluations.get()
    assert evaluation.dry_run and run.verdict == evaluation.verdict.outcome
    assert evaluation.results.filter(measure__startswith="parity_", status="ok").exists()
    train, held = (DatasetVersion.objects.get(reference=said[name]) for name in ("training_data", "evaluation_data"))
    assert train.rows + held.rows == credit_rows.rows and train.metadata["protected"] == ["sex"]
    predictions = run.manifest["score"]["outputs"]["predictions"]
    assert predictions["rows"] == held.rows and "score" in predictions["columns"]


def test_nobody_who_wrote_or_owns_the_pipeline_can_validate_what_comes_out(credit_rows, dmitri, victor, now):
    author = also(victor, "ml_engineer")
    run_of(in_force(author, dmitri, now, CREDIT.replace("ALGORITHM", "logistic_regression")), dmitri, now)
    version = ModelVersion.objects.get()
    assert victor in version.developers
    with pytest.raises(RuleViolated):
        open_validation(actor=victor, version=version, scope="All", now=now)


def test_equal_data_give_the_candidate_that_there_is(credit_rows, dmitri, victor, now):
    pipeline = in_force(dmitri, victor, now, CREDIT.replace("ALGORITHM", "logistic_regression"))
    first, second = run_of(pipeline, dmitri, now), run_of(pipeline, dmitri, now)
    assert first.candidate == second.candidate and ModelVersion.objects.count() == 1
    undone = {step.name for step in second.steps.all() if not step.reused}
    assert undone == {"fetch", "tell"}


def test_new_data_give_the_next_number_of_the_series(credit_rows, dmitri, victor, now, tmp_path):
    pipeline = in_force(dmitri, victor, now, CREDIT.replace("ALGORITHM", "logistic_regression"))
    run_of(pipeline, dmitri, now)
    a_version(dmitri, now, credit_table(tmp_path, seed=1), credit_rows.dataset, "credit.parquet", id_column="id")
    run = run_of(pipeline, dmitri, now)
    assert run.candidate == "MDL-0001@1.0.1"
    assert Dataset.objects.filter(name__startswith="Credit, trained again: split").count() == 2


def test_rows_stay_on_their_side_when_others_come(credit_rows, dmitri, victor, now, tmp_path):
    text = CREDIT.replace("ALGORITHM", "logistic_regression").replace(", stratify: default", "")
    text = text[: text.index("  - name: fit")]
    pipeline = in_force(dmitri, victor, now, text)
    before = held_ids(run_of(pipeline, dmitri, now))
    more = pd.concat([pd.read_parquet(credit_table(tmp_path)), pd.read_parquet(credit_table(tmp_path, seed=5))])
    more["id"] = range(len(more))
    more.to_parquet(tmp_path / "more.parquet")
    a_version(dmitri, now, tmp_path / "more.parquet", credit_rows.dataset, "more.parquet", id_column="id")
    after = held_ids(run_of(pipeline, dmitri, now))
    assert before == {number for number in after if number < 900} and len(after) > len(before)


def held_ids(run):
    reference = run.manifest["split"]["outputs"]["evaluation"]["reference"]
    return set(frame(DatasetVersion.objects.get(reference=reference)).id)


MULTICLASS = """\
name: Kinds
model: MDL-0001
steps:
  - {name: fetch, kind: extract, dataset: DS-0001}
  - {name: split, kind: split, data: fetch, by: group, column: customer}
  - name: fit
    kind: train
    data: split.train
    task: multiclass
    target: label
    inputs: [a, b]
    trainer: {algorithm: logistic_regression, settings: {C: 0.5}}
  - name: keep
    kind: register
    artifact: fit
    series: "1"
    reference_data: split.train
    evaluation_data: split.evaluation
  - {name: judge, kind: evaluate, version: keep}
"""


def test_many_classes(policies_in_force, model, dmitri, victor, now, tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=600), "b": rng.normal(size=600), "customer": rng.integers(0, 99, 600)})
    table["label"] = np.where(table.a > 0.5, "high", np.where(table.a < -0.5, "low", "middle"))
    table.to_parquet(tmp_path / "kinds.parquet")
    a_version(dmitri, now, tmp_path / "kinds.parquet", a_dataset(dmitri, now, name="Kinds"), "kinds.parquet")
    run = run_of(in_force(dmitri, victor, now, MULTICLASS), dmitri, now)
    assert run.status == "done", run.error
    said = ModelVersion.objects.get().metadata
    assert said["classes"] == ["high", "low", "middle"] and said["parameters"]["C"] == 0.5
    parts = run.manifest["split"]["outputs"]
    customers = [
        set(frame(DatasetVersion.objects.get(reference=part["reference"])).customer) for part in parts.values()
    ]
    assert not customers[0] & customers[1]


FORECAST = """\
name: Demand
model: MDL-0001
steps:
  - {name: fetch, kind: extract, dataset: DS-0001}
  - name: past
    kind: features
    data: fetch
    lags: {time: day, series: [shop], value: sold, lags: [0, 6], windows: [7], horizon: 7}
  - {name: split, kind: split, data: past, by: time, column: day, evaluation_share: 0.25, gap: 7}
  - name: fit
    kind: train
    data: split.train
    task: regression
    target: sold
    inputs: [sold_lag_0, sold_lag_6, sold_mean_7]
    trainer: {algorithm: ALGORITHM}
  - name: keep
    kind: register
    artifact: fit
    series: "1"
    reference_data: split.train
    evaluation_data: split.evaluation
    metadata: {unit: pieces, tolerance: 5.0}
  - {name: judge, kind: evaluate, version: keep}
"""


def test_a_forecast_sees_nothing_later_than_its_horizon(policies_in_force, model, dmitri, victor, now, tmp_path):
    rng = np.random.default_rng(0)
    days = pd.date_range("2025-01-01", periods=200)
    shops = [
        pd.DataFrame({"day": days, "shop": shop, "sold": 20 + 5 * np.sin(np.arange(200) / 7) + rng.normal(size=200)})
        for shop in ("a", "b")
    ]
    table = pd.concat(shops).sample(frac=1, random_state=0)
    table.to_parquet(tmp_path / "demand.parquet")
    a_version(dmitri, now, tmp_path / "demand.parquet", a_dataset(dmitri, now, name="Demand"), "demand.parquet")
    run = run_of(in_force(dmitri, victor, now, FORECAST.replace("ALGORITHM", "ridge_regression")), dmitri, now)
    assert run.status == "done", run.error
    made = {
        name: frame(DatasetVersion.objects.get(reference=given["reference"]))
        for name, given in run.manifest["split"]["outputs"].items()
    }
    known = {(row.shop, row.day): row.sold for row in table.itertuples()}
    for row in made["evaluation"].itertuples():
        past = [known[row.shop, row.day - pd.Timedelta(days=7 + n)] for n in range(7)]
        assert row.sold_lag_0 == past[0] and row.sold_lag_6 == past[6]
        assert row.sold_mean_7 == pytest.approx(np.mean(past))
    gap = made["evaluation"].day.min() - made["train"].day.max()
    assert gap == pd.Timedelta(days=8)


def test_a_forecast_on_rows_of_one_moment_is_refused(policies_in_force, model, dmitri, victor, now, tmp_path):
    table = pd.DataFrame({"day": ["2025-01-01"] * 3, "shop": "a", "sold": [1.0, 2.0, 3.0]})
    table.to_csv(tmp_path / "demand.csv", index=False)
    a_version(dmitri, now, tmp_path / "demand.csv", a_dataset(dmitri, now, name="Demand"), "demand.csv")
    run = run_of(in_force(dmitri, victor, now, FORECAST.replace("ALGORITHM", "ridge_regression")), dmitri, now)
    assert "Two rows are of the same moment" in run.error


SCRIPT = """
import json, os
import pandas as pd, skops.io
from sklearn.tree import DecisionTreeClassifier
asked = json.load(open("parameters.json"))
rows = pd.read_parquet("inputs/data.parquet")
tree = DecisionTreeClassifier(max_depth=asked["depth"], random_state=0).fit(rows[["age"]].to_numpy(), rows.default)
skops.io.dump(tree, "model.skops")
json.dump({"accuracy": tree.score(rows[["age"]].to_numpy(), rows.default)}, open("metrics.json", "w"))
json.dump({"max_depth": asked["depth"]}, open("params.json", "w"))
"""


def scripted(script, **replaced):
    start, end = CREDIT.index("    trainer:"), CREDIT.index("  - name: keep")
    text = CREDIT[:start] + f"    script: {{text: {json.dumps(script)}}}\n    settings: {{depth: 3}}\n" + CREDIT[end:]
    return text.replace("inputs: [age, income, region]", "inputs: [age]").replace("steps:", "steps:", 1)


def test_a_script_of_one_s_own_trains_the_model(credit_rows, dmitri, victor, now):
    run = run_of(in_force(dmitri, victor, now, scripted(SCRIPT)), dmitri, now)
    assert run.status == "done", run.error
    version = ModelVersion.objects.get()
    assert version.metadata["parameters"] == {"max_depth": 3} and version.metadata["format"] == "skops"
    assert version.metadata["code_version"].startswith("sha256:")
    assert 0.5 < run.manifest["fit"]["outputs"]["model"]["metrics"]["accuracy"] <= 1


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("pass", "It left neither model.onnx nor model.skops."),
        ("import pickle\npickle.dump(1, open('model.skops', 'wb'))", "The model's file isn't taken"),
        (SCRIPT + "open('metrics.json', 'w').write('{\"a\": NaN}')", "NaN is no number in JSON"),
        (SCRIPT + "json.dump({'a': 'good'}, open('metrics.json', 'w'))", "“a” is no finite number"),
        (SCRIPT + "json.dump([1], open('metrics.json', 'w'))", "has to be a JSON object"),
    ],
)
def test_what_a_script_leaves_is_taken_with_care(script, said, credit_rows, dmitri, victor, now):
    run = run_of(in_force(dmitri, victor, now, scripted(script)), dmitri, now)
    assert run.status == "failed" and said in run.error
    assert states(run)["keep"] == "not_run" and not ModelVersion.objects.exists()


def test_a_pipeline_may_stop_on_a_verdict(credit_rows, dmitri, victor, now):
    text = CREDIT.replace("ALGORITHM", "logistic_regression").replace("age, income, region", "income")
    text = text.replace("version: keep}", "version: keep, stop_on: [failed, inconclusive, unavailable]}", 1)
    run = run_of(in_force(dmitri, victor, now, text), dmitri, now)
    assert run.status == "failed" and "the pipeline stops on that" in run.error
    assert ModelVersion.objects.get().evaluations.get().status == "done"


def test_a_cancelled_run_lets_its_evaluation_go(credit_rows, dmitri, victor, now):
    text = CREDIT.replace("ALGORITHM", "logistic_regression")
    text = text[: text.index("  - {name: score")]
    request_run(actor=dmitri, pipeline=in_force(dmitri, victor, now, text), now=now)
    while not ModelVersion.objects.filter(evaluations__isnull=False).exists():
        carry_out(Job.objects.live().earliest("created_at").pk)
    cancel_run(actor=dmitri, run=PipelineRun.objects.get(), now=now)
    evaluation = ModelVersion.objects.get().evaluations.get()
    assert evaluation.status == "failed" and not Job.objects.live().exists()
    assert states(PipelineRun.objects.get())["judge"] == "cancelled"
