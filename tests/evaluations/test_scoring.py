"""A model is scored once, in the sandbox, to what its own library predicts."""

import hashlib

import numpy as np
import pyarrow.parquet as pq
import pytest

from apps.evaluations.believing import believed
from apps.evaluations.scoring import Request, program, score_apart
from apps.evaluations.scoring.columns import open_table
from apps.evaluations.scoring.frames import Sample
from apps.evaluations.scoring.model import Model
from apps.jobs.sandbox import Refused, Task
from apps.measures.definitions import Family
from tests.evaluations.artefacts import INPUTS, NUMBERS, REGIONS, ROWS, Artefacts

pytestmark = pytest.mark.filterwarnings("ignore")
METADATA = {
    "task": "binary_classification",
    "positive_label": 1,
    "inputs": NUMBERS,
    "version": "1.0.0",
    "target": "x",
}


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory):
    return Artefacts(tmp_path_factory.mktemp("artefacts"))


@pytest.fixture(scope="module")
def boosted(artefacts):
    return artefacts.boosted()


def request_for(format_, **more):
    return Request.from_metadata(METADATA, **{"format": format_} | more)


def here(artefact, table, request, scratch, other=None):
    """The program itself, without walls: what it computes is the same, and starts need not be paid for each test."""
    inputs = {"artefact": artefact, "table": table} | ({"other": other} if other else {})
    result = program.main(Task(inputs, request.as_json(), scratch, lambda report: None))
    return result, pq.read_table(scratch / "predictions.parquet").to_pandas()


def test_a_skops_model_is_scored_as_scikit_learn_scores_it_and_its_conversion_compared(artefacts, boosted, tmp_path):
    skops, onnx, _, expected = boosted
    heard = []
    request = request_for(
        "skops", id_column="id", keep=["employed", "sex"], steps=["parity"], parity_format="onnx", batch_rows=150
    )
    scored = score_apart(
        skops,
        artefacts.table,
        request,
        scratch=tmp_path,
        other=onnx,
        on_progress=lambda fraction, message: heard.append((fraction, message)),
    )
    table = pq.read_table(scored.predictions).to_pandas()
    assert np.array_equal(table["score"], expected)
    assert list(table["id"]) == list(artefacts.people["id"]) and list(table["sex"]) == list(artefacts.people["sex"])
    assert list(table["prediction"]) == list((expected >= 0.5).astype(int))
    parity = scored.result["parity"]
    assert parity["rows"] == parity["compared"] == ROWS
    assert parity["max_abs_difference"] < 1e-5 and parity["equal_decisions"] == 1.0
    assert scored.result["engine"]["scikit-learn"] and parity["engine"]["onnxruntime"]
    assert scored.walls["landlock"] and scored.walls["seccomp"]
    assert heard[:2] == [(0.0, "Loading the model"), (150 / ROWS / 2, "Scoring: 150 of 400 rows")]
    assert heard[-1][0] == 1.0


def test_the_same_inputs_give_the_same_bytes(artefacts, boosted, tmp_path):
    _, onnx, _, _ = boosted
    digests = set()
    for _ in range(2):
        scored = score_apart(onnx, artefacts.table, request_for("onnx"), scratch=tmp_path)
        digests.add(hashlib.sha256(scored.predictions.read_bytes()).hexdigest())
        scored.predictions.unlink()
    assert len(digests) == 1


def test_a_model_of_one_column_or_of_fixed_batches(artefacts, tmp_path):
    request = request_for("onnx", task="regression", inputs=["hours"], positive_label=None)
    _, table = here(artefacts.identity([None]), artefacts.table, request, tmp_path)
    assert np.allclose(table["score"], artefacts.people.hours)
    with pytest.raises(Refused, match="exactly 16 rows at a time"):
        here(artefacts.identity([16, 1]), artefacts.table, request, tmp_path)


@pytest.mark.parametrize("which", [1, 2])
def test_onnx_gives_maps_or_tensors_and_both_are_read(which, artefacts, boosted, tmp_path):
    result, table = here(boosted[which], artefacts.table, request_for("onnx"), tmp_path)
    assert np.abs(table["score"] - boosted[3]).max() < 1e-5
    assert result["classes"] == [0, 1] and list(table["row"]) == list(range(ROWS))


def test_text_becomes_the_codes_that_the_metadata_gives(artefacts, tmp_path):
    skops, expected = artefacts.categorical()
    request = request_for("skops", inputs=INPUTS, categories={"region": REGIONS})
    result, table = here(skops, artefacts.table, request, tmp_path)
    assert np.array_equal(table["score"], expected) and result["unknown_categories"] == {}
    result, _ = here(
        skops, artefacts.table, request_for("skops", inputs=INPUTS, categories={"region": REGIONS[:2]}), tmp_path
    )
    assert result["unknown_categories"] == {"region": int((artefacts.people.region == "west").sum())}


def test_numbers_kept_as_text_are_numbers_and_noted(artefacts, boosted, tmp_path):
    table = tmp_path / "text.parquet"
    artefacts.people.astype({"age": str}).astype({"age": "category"}).to_parquet(table)
    result, scored = here(boosted[0], table, request_for("skops"), tmp_path)
    assert np.array_equal(scored["score"], boosted[3]) and result["text_read_as_numbers"] == ["age"]


def test_a_model_that_encodes_text_is_given_text(artefacts, tmp_path):
    skops, onnx, inputs, expected = artefacts.columns()
    more = {"inputs": inputs, "positive_label": "yes", "threshold": 0.4}
    _, table = here(skops, artefacts.table, request_for("skops", **more), tmp_path)
    assert np.allclose(table["score"], expected, atol=1e-12)
    assert list(table["prediction"]) == list(np.where(expected >= 0.4, "yes", "no"))
    _, table = here(onnx, artefacts.table, request_for("onnx", **more), tmp_path)
    assert np.abs(table["score"] - expected).max() < 1e-5


def test_many_classes_have_a_score_each_in_the_declared_order(artefacts, tmp_path):
    skops, expected = artefacts.grades()
    request = request_for("skops", task="multiclass", inputs=["hours"], classes=["c", "a", "b"], positive_label=None)
    result, table = here(skops, artefacts.table, request, tmp_path)
    assert result["columns"]["scores"] == ["score_c", "score_a", "score_b"]
    assert np.array_equal(table[["score_a", "score_b", "score_c"]], expected)
    assert list(table["prediction"]) == list(np.array(["a", "b", "c"])[expected.argmax(axis=1)])


def test_a_regression_has_its_value(artefacts, tmp_path):
    onnx, expected = artefacts.incomes()
    request = request_for("onnx", task="regression", inputs=["age", "hours"], positive_label=None)
    result, table = here(onnx, artefacts.table, request, tmp_path)
    assert np.allclose(table["score"], expected) and result["columns"]["prediction"] is None


def test_a_conversion_that_isnt_the_same_model_is_measured(artefacts, boosted, tmp_path):
    other = artefacts.write("other.skops", another_model(artefacts))
    request = request_for("skops", steps=["parity"], parity_format="skops")
    result, _ = here(boosted[0], artefacts.table, request, tmp_path, other=other)
    assert result["parity"]["max_abs_difference"] > 0.1 and result["parity"]["equal_decisions"] < 1


def another_model(artefacts):
    from sklearn.ensemble import HistGradientBoostingClassifier

    matrix = artefacts.people[NUMBERS].to_numpy(dtype=np.float64)
    return HistGradientBoostingClassifier(max_iter=2).fit(matrix, artefacts.people.sex - 1)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"inputs": [*NUMBERS, "shoe_size"]}, r"no column 'shoe_size', which the model takes"),
        ({"inputs": NUMBERS[:2]}, r"takes 3 inputs and the metadata names 2"),
        ({"inputs": ["age", "income", "region"]}, r"'region' holds text \('\w+'\) and the model takes numbers"),
        ({"keep": ["outcome"]}, r"no column 'outcome', which the evaluation needs"),
        ({"positive_label": "yes"}, r"positive label 'yes' is none of the model's classes, 0, 1"),
        ({"steps": ["parity"]}, r"only one was given"),
        ({"format": "pickle"}, r"onnx and skops can"),
        ({"format": "joblib"}, r"can't be scored"),
    ],
)
@pytest.mark.parametrize("format_", ["skops", "onnx"])
def test_what_does_not_fit_is_named(format_, more, sentence, artefacts, boosted, tmp_path):
    with pytest.raises(Refused, match=sentence):
        here(boosted[format_ == "onnx"], artefacts.table, request_for(format_, **more), tmp_path)


def test_a_table_that_is_none_and_an_artefact_that_is_none(artefacts, boosted, tmp_path):
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("id,age\n1,2\n")
    with pytest.raises(Refused, match="can't be read as Parquet"):
        here(boosted[0], nonsense, request_for("skops"), tmp_path)
    with pytest.raises(Refused, match="ONNX model can't be loaded"):
        here(nonsense, artefacts.table, request_for("onnx"), tmp_path)
    with pytest.raises(Refused, match="skops file can't be loaded"):
        here(nonsense, artefacts.table, request_for("skops"), tmp_path)


def test_a_model_that_fails_on_the_rows_says_why(artefacts, tmp_path):
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(artefacts.people[["age", "hours"]].to_numpy(), artefacts.people.employed)
    skops = artefacts.write("logistic.skops", model)
    with pytest.raises(Refused, match="could not score the rows: ValueError: Input X contains NaN"):
        here(skops, artefacts.table, request_for("skops", inputs=["age", "income"]), tmp_path)


def test_a_sample_of_rows_is_scored_as_the_rows_are(artefacts, tmp_path):
    skops, _, inputs, expected = artefacts.columns()
    request = request_for("skops", inputs=inputs, positive_label="yes", batch_rows=64)
    model = Model(skops, request)
    table = open_table(artefacts.table, request)
    some, again = (Sample.draw(table, model, most=100, seed=3) for _ in range(2))
    assert some.frame.equals(again.frame) and len(set(some.rows)) == 100
    assert list(some.frame.columns) == inputs and list(some.frame["region"].cat.categories) == REGIONS
    assert np.allclose(some.predict(some.frame), expected[some.rows], atol=1e-12)


def test_explanations_and_perturbations_come_in_the_same_start(artefacts, boosted, tmp_path):
    request = request_for("skops", target="employed", steps=["explain", "perturb"], sample_rows=150)
    scored = score_apart(boosted[0], artefacts.table, request, scratch=tmp_path, reference=artefacts.table)
    explanation = scored.result["explain"]["explanation"]
    assert {item["feature"] for item in explanation["importance"]} == set(NUMBERS)
    assert explanation["importance"][0]["feature"] == "age" and explanation["additivity_gap"] < 1e-3
    assert len(explanation["permutation"]) == 3
    case = explanation["cases"][-1]
    assert case["prediction"] == pytest.approx(boosted[3][case["row"]])
    measured = {result["measure"] for result in scored.result["perturb"]["results"]}
    assert {"decisions_flipped", "rows_refused", "auc_change"} <= measured
    for step, family in (("explain", Family.EXPLANATION), ("perturb", Family.ROBUSTNESS)):
        said = scored.result[step]["results"]
        assert believed(said, family, METADATA["task"], NUMBERS, 0.95) == said


HONEST = {"measure": "feature_importance", "value": 0.5, "low": 0.4, "high": 0.6, "n": 100, "interval_method": "x"}
HONEST |= {"status": "ok", "attribute": "age", "series": {}}


@pytest.mark.parametrize(
    "lie",
    [
        {"measure": "auc"},  # of another family: performance is measured, never said
        {"measure": "worst_impact_ratio"},
        {"value": "0.5"},
        {"value": True},
        {"n": -1},
        {"n": 10**13},
        {"status": "splendid"},
        {"attribute": "<script>"},
        {"series": 7},
    ],
    ids=str,
)
def test_what_the_models_process_says_is_taken_only_where_it_was_asked_for(lie):
    assert believed([HONEST], Family.EXPLANATION, METADATA["task"], NUMBERS, 0.95)
    with pytest.raises((KeyError, TypeError, ValueError)):
        believed([HONEST | lie], Family.EXPLANATION, METADATA["task"], NUMBERS, 0.95)


def test_text_is_perturbed_as_text(artefacts, tmp_path):
    skops, _ = artefacts.categorical()
    more = {"inputs": INPUTS, "categories": {"region": REGIONS}, "target": "employed", "sample_rows": 60}
    result, _ = here(skops, artefacts.table, request_for("skops", steps=["explain", "perturb"], **more), tmp_path)
    assert any(result_["attribute"] == "region" for result_ in result["explain"]["results"] if "attribute" in result_)
    unseen = [r for r in result["perturb"]["results"] if r.get("slice") == {"perturbation": "region out of range"}]
    assert unseen and all(r["n"] == 60 for r in unseen)
