"""What can't be evaluated fails with a sentence; the version goes back to draft and nothing half-done is kept."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from apps.core.errors import BadInput
from apps.dossiers.services import submit
from apps.evaluations.fitness import unfit
from apps.evaluations.models import Result, Verdict
from apps.inventory.services.registering import add_use
from apps.inventory.services.versions import add_version
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.datasets import a_version as a_table
from tests.builders.inventory import a_model, scored
from tests.builders.versions import fresh
from tests.builders.waiver import a_waiver, trained

PEOPLE = b"""id,age,sex,note,score,default
1,21,f,,0.1,no
2,22,m,a,0.9,yes
3,25,f,b,0.3,no
4,25,m,,0.8,yes
"""
pytestmark = [pytest.mark.usefixtures("policies_in_force"), pytest.mark.filterwarnings("ignore")]


def failed(version, dmitri, now):
    """The sentence that its evaluation failed with."""
    submit(actor=dmitri, version=version, now=now)
    work_off()
    evaluation = version.evaluations.get()
    assert evaluation.status == "failed" and fresh(version).status == "draft"
    assert Job.objects.get(pk=evaluation.job).error == evaluation.error
    assert not Result.objects.exists() and not Verdict.objects.exists() and evaluation.predictions is None
    assert fresh(version).metadata == version.metadata
    return evaluation.error


@pytest.mark.parametrize(
    ("outcomes", "sentence"),
    [
        (["yes", "yes", "yes", "yes"], "“default” of DS-0001@1 is yes in every row, so nothing can be judged by it."),
        (["no", "maybe", "no", "maybe"], "holds maybe, no, and never the positive label yes."),
        (["no", "maybe", "yes", "no"], "holds 3 labels (maybe, no, yes), and a binary classification has two."),
    ],
)
def test_outcomes_that_nothing_can_be_judged_by_are_named(outcomes, sentence, olivia, dmitri, now):
    rows = [f"{i},{20 + i},0.{i + 1},{outcome}" for i, outcome in enumerate(outcomes)]
    content = "\n".join(["id,age,score,default", *rows]).encode()
    version = elsewhere(olivia, dmitri, now, a_table(dmitri, now, content, score="score"))
    assert sentence in failed(version, dmitri, now)


def test_a_wish_that_no_row_comes_to_is_named(olivia, dmitri, now):
    version = elsewhere(olivia, dmitri, now, a_table(dmitri, now, score="score"), favourable_label="granted")
    assert "holds no, yes, and never the favourable label granted." in failed(version, dmitri, now)


AGES = {"edges": [30], "labels": ["young", "old"]}


@pytest.mark.parametrize(
    ("attribute", "sentence"),
    [
        ({"name": "sex", "column": "sex", "reference_group": "x"}, "“x” of sex does not occur in DS-0001@1"),
        ({"name": "sex", "column": "sex", "reference_group": "x"}, "There are: f, m."),
        ({"name": "age", "column": "age", "reference_group": 77}, "“77” of age does not occur"),
        ({"name": "age", "column": "age", "bins": AGES, "reference_group": "old"}, "There are: young."),
    ],
)
def test_a_reference_group_that_no_row_belongs_to_is_named(attribute, sentence, olivia, dmitri, now):
    version = elsewhere(olivia, dmitri, now, a_table(dmitri, now, PEOPLE, score="score"), protected=[attribute])
    assert sentence in failed(version, dmitri, now)


@pytest.mark.parametrize(
    "attribute",
    [
        {"name": "sex", "column": "sex", "reference_group": "f"},
        {"name": "age", "column": "age", "reference_group": 22},
        {"name": "age", "column": "age", "bins": {**AGES, "edges": [24]}, "reference_group": "old"},
        {
            "name": "age",
            "column": "age",
            "bins": {**AGES, "edges": [21], "closed": "right"},
            "reference_group": "young",
        },
        {"name": "age", "column": "age", "bins": {**AGES, "edges": [25], "closed": "left"}, "reference_group": "old"},
        {"name": "note", "column": "note", "reference_group": "missing"},
    ],
)
def test_one_that_occurs_is_fit(attribute, olivia, dmitri, now):
    table = a_table(dmitri, now, PEOPLE, score="score")
    version = elsewhere(olivia, dmitri, now, table, protected=[attribute])
    assert unfit(version, table) is None


@pytest.fixture
def many_ages(dmitri, now):
    rows = [f"{i},{i},0.{i + 10},{'yes' if i % 3 else 'no'}" for i in range(51)]
    return a_table(dmitri, now, "\n".join(["id,age,score,default", *rows]).encode(), score="score")


def test_a_number_of_many_values_needs_bands(olivia, dmitri, now, many_ages):
    with pytest.raises(BadInput) as refusal:
        elsewhere(olivia, dmitri, now, many_ages)
    (told,) = refusal.value.errors["metadata.protected[0]"]
    assert told.startswith("“age” of DS-0001@1 has 51 different numbers") and "Give it bands" in told


def test_one_with_bands_is_fit(olivia, dmitri, now, many_ages):
    banded = elsewhere(olivia, dmitri, now, many_ages, protected=[{"name": "age", "column": "age", "bins": AGES}])
    assert unfit(banded, many_ages) is None


def test_a_table_that_brings_no_scores_is_named(olivia, dmitri, now):
    version = elsewhere(olivia, dmitri, now, a_table(dmitri, now))
    assert "DS-0001@1 names no score column" in failed(version, dmitri, now)


def elsewhere(olivia, dmitri, now, table, **said):
    model = a_model(olivia, now)
    add_use(actor=olivia, model=model, name="Decide on loans", now=now)
    return add_version(actor=dmitri, model=model, metadata=scored(table, **said), now=now)


@pytest.fixture
def model():
    return trained(most=2000, max_iter=5)


def test_inputs_that_do_not_match_are_counted(olivia, dmitri, now, model):
    version = a_waiver(olivia, dmitri, now, model, inputs=model.inputs[:-1])
    assert "takes 14 inputs and the metadata names 13" in failed(version, dmitri, now)


def test_a_model_that_never_ends_is_stopped(olivia, dmitri, now, model, settings, tmp_path):
    settings.EVALUATION_SECONDS = 6
    version = a_waiver(olivia, dmitri, now, model, "onnx", file=endless(tmp_path))
    assert "seconds" in failed(version, dmitri, now)


def test_a_model_that_wants_all_memory_is_stopped(olivia, dmitri, now, model, settings, tmp_path):
    version = a_waiver(olivia, dmitri, now, model, "onnx", file=greedy(tmp_path))
    assert "wanted more memory than" in failed(version, dmitri, now)


def endless(folder):
    """Adds nothing to its input, some 10^18 times."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["c_out"]), helper.make_node("Add", ["v", "zero"], ["v_out"])],
        "body",
        [value("i", TensorProto.INT64, []), value("c", TensorProto.BOOL, []), value("v")],
        [value("c_out", TensorProto.BOOL, []), value("v_out")],
        [numpy_helper.from_array(np.zeros(1, np.float32), "zero")],
    )
    times = numpy_helper.from_array(np.array(10**18), "times")
    always = numpy_helper.from_array(np.array(True), "always")
    return written(folder, [helper.make_node("Loop", ["times", "always", "x"], ["y"], body=body)], [times, always])


def greedy(folder):
    """Wants a tensor of a terabyte for each row."""
    shape = numpy_helper.from_array(np.array([1 << 38]), "shape")
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["large"]),
        helper.make_node("ReduceMean", ["large"], ["mean"], keepdims=0),
        helper.make_node("Add", ["x", "mean"], ["y"]),
    ]
    return written(folder, nodes, [shape])


def value(name, kind=TensorProto.FLOAT, shape=(None, 14)):
    return helper.make_tensor_value_info(name, kind, shape)


def written(folder, nodes, constants):
    graph = helper.make_graph(nodes, "hostile", [value("x")], [value("y")], constants)
    path = folder / "hostile.onnx"
    save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path
