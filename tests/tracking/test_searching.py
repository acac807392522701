"""Searching runs and experiments by the protocol's filter and order strings, on both databases."""

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import BadInput
from apps.tracking.search.grammar import read_filter
from apps.tracking.search.runs import WORDS

pytestmark = pytest.mark.both

INJECTIONS = [
    "'; DROP TABLE tracking_run; --",
    "metrics.auc > 0.8; DELETE FROM tracking_run",
    "params.a = 'x' OR 1=1",
    "params.a = 'x' UNION SELECT * FROM accounts_user",
    "params.a = 'x\\' OR 1=1 --'",
    "attributes.run_id = '' OR ''=''",
    "tags.x = (SELECT 1)",
    "metrics.auc > (SELECT count(*) FROM accounts_user)",
    "attributes.password = 'x'",
    "experiment__business_unit__name = 'x'",
    "params.value__contains = 'x' AND 1=1",
    "/* */ metrics.auc > 1",
    "metrics.auc > 0x10",
    "metrics.auc = NaN",
    "%s%s%s",
    "params.`a'; DROP TABLE x; --` = 'b' AND",
]


@pytest.fixture
def mlflow(client_of_dmitri):
    return client_of_dmitri


@pytest.fixture
def runs(mlflow):
    """Six runs by name: five with an accuracy, one of which is no number, and one without."""
    named = {}
    for number, (name, auc) in enumerate(
        [("a", 0.9), ("b", 0.7), ("c", "NaN"), ("d", None), ("e", 0.8), ("f", "Infinity")]
    ):
        said = {"run_name": name, "user_id": f"user {number % 2}", "start_time": 1_000 + number}
        _, told = mlflow.post("runs/create", **said)
        named[name] = run_id = told["run"]["info"]["run_id"]
        metrics = [] if auc is None else [{"key": "auc", "value": auc, "timestamp": 1, "step": 0}]
        params = [{"key": "depth", "value": str(number)}, {"key": "max features", "value": "50%_x"}]
        tags = [] if number % 2 else [{"key": "team.name", "value": "Retail"}]
        mlflow.post("runs/log-batch", run_id=run_id, metrics=metrics, params=params, tags=tags)
    return named


def found(mlflow, filter="", order_by=(), **more):
    status, told = mlflow.post("runs/search", experiment_ids=["0"], filter=filter, order_by=list(order_by), **more)
    assert status == 200, told
    return "".join(run["info"]["run_name"] for run in told["runs"])


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("", "fedcba"),
        ("metrics.auc > 0.75", "fea"),
        ("metrics.auc >= 0.8 and metric.`auc` < 0.9", "e"),
        ('metrics."auc" = 0.7', "b"),
        ("metrics.auc != 0.7", "feca"),
        ("metrics.auc < 1e400", "eba"),
        ("metrics.auc = 1.7976931348623157e308", "f"),
        ("metrics.auc > -.5e0", "feba"),
        ("metrics.auc IS NULL", "d"),
        ("metrics.auc IS NOT NULL", "fecba"),
        ("params.depth = '3'", "d"),
        ("params.depth IN ('1', '2')", "cb"),
        ("params.depth NOT IN ('1', '2')", "feda"),
        ("params.`max features` LIKE '50%'", "fedcba"),
        ("params.depth != '3' AND params.depth != '4'", "fcba"),
        ("tags.team.name = 'Retail'", "eca"),
        ("tags.\"team.name\" LIKE 'ret%'", ""),
        ("tags.team.name ILIKE 'ret%'", "eca"),
        ("tags.`team.name` IS NULL", "fdb"),
        ("tags.team.name LIKE 'R_tail'", "eca"),
        ("tags.team.name LIKE '[R]etail'", ""),
        ("tags.team.name LIKE 'Retail\\'", ""),
        ("attributes.run_name = 'b'", "b"),
        ("run_name IN ('b', 'c')", "cb"),
        ("attributes.status = 'RUNNING'", "fedcba"),
        ("attribute.user_id LIKE '%1'", "fdb"),
        ("attributes.`Run name` = 'b'", "b"),
        ("start_time > 1003", "fe"),
        ("attributes.start_time >= 1003.5", "fe"),
        ("created < 99999999999999999999999", "fedcba"),
        ("attributes.end_time IS NULL", "fedcba"),
        ("attributes.artifact_uri LIKE 'mlflow-artifacts:/%/artifacts'", "fedcba"),
        ("params.depth = ''", ""),
        ("params.depth = 'it''s'", ""),
        ("datasets.name = 'x'", ""),
    ],
)
def test_a_filter_finds(mlflow, runs, filter, expected):
    assert found(mlflow, filter) == expected


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        (["metrics.auc"], "beafcd"),
        (["metrics.auc ASC"], "beafcd"),
        (["metrics.auc DESC"], "faebcd"),
        (["params.depth desc"], "fedcba"),
        (["tags.team.name", "params.depth"], "acebdf"),
        (["attributes.user_id", "start_time ASC"], "acebdf"),
        (["attribute.start_time"], "abcdef"),
        (["end_time"], "fedcba"),
    ],
)
def test_an_order_puts_values_first_then_what_is_no_number_then_what_is_not_there(mlflow, runs, order_by, expected):
    assert found(mlflow, order_by=order_by) == expected


def test_ties_go_to_the_run_that_started_last_and_then_to_the_lower_id(mlflow):
    ids = [mlflow.post("runs/create", start_time=5)[1]["run"]["info"]["run_id"] for _ in range(4)]
    _, told = mlflow.post("runs/search", experiment_ids=["0"])
    assert [run["info"]["run_id"] for run in told["runs"]] == sorted(ids)


def test_a_long_list_is_read_in_pages(mlflow, runs):
    token, names = "", ""
    for _ in range(3):
        _, told = mlflow.post("runs/search", experiment_ids=["0"], max_results=2, page_token=token)
        names += "".join(run["info"]["run_name"] for run in told["runs"])
        token = told.get("next_page_token", "")
    assert names == "fedcba" and not token


def test_a_very_long_page_goes_out_as_it_is_read(mlflow, runs):
    assert found(mlflow, max_results=50_000) == "fedcba"
    status, refused = mlflow.post("runs/search", experiment_ids=["0"], max_results=50_000, filter="metrics.a >")
    assert status == 400 and refused["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("token", ["x", "e30=", "W10=", "eyJvZmZzZXQiOi0xfQ==", "eyJvZmZzZXQiOiJhIn0=", "é"])
def test_a_made_up_page_token_is_refused(mlflow, token):
    status, refused = mlflow.post("runs/search", experiment_ids=["0"], page_token=token)
    assert status == 400 and "page_token" in refused["message"]


def test_what_was_put_aside_is_found_when_it_is_asked_for(mlflow, runs):
    mlflow.post("runs/delete", run_id=runs["b"])
    assert found(mlflow) == "fedca"
    assert found(mlflow, run_view_type="DELETED_ONLY") == "b"
    assert found(mlflow, run_view_type=3) == "fedcba"


def test_nobody_finds_what_belongs_to_another_unit(mlflow, runs, program, oscar):
    _, experiment = mlflow.get("experiments/get", experiment_id="0")
    number = experiment["experiment"]["experiment_id"]
    assert program(oscar).post("runs/search", experiment_ids=[number])[1] == {"runs": []}


@pytest.mark.parametrize("filter", INJECTIONS)
def test_what_injects_is_refused_with_a_sentence(mlflow, runs, filter):
    for path, body in (
        ("runs/search", {"experiment_ids": ["0"], "filter": filter}),
        ("runs/search", {"experiment_ids": ["0"], "order_by": [filter]}),
        ("experiments/search", {"filter": filter}),
        ("experiments/search", {"order_by": [filter]}),
    ):
        status, refused = mlflow.post(path, **body)
        assert status == 400 and refused["error_code"] == "INVALID_PARAMETER_VALUE" and refused["message"]
    assert found(mlflow) == "fedcba"


@pytest.mark.parametrize("most", [0, -1, 50_001, "many", 2**70])
def test_a_page_has_bounds(mlflow, most):
    assert mlflow.post("runs/search", experiment_ids=["0"], max_results=most)[0] == 400


WORDS_OF_IT = """metrics params tags attributes datasets run_id start_time auc . . = != < > >= LIKE ILIKE IN NOT IS
NULL AND OR ( ) , ' " ` % _ 'a' "b" `c` 0 1 -1.5 1e999 .5 \\ ; -- é ('a','b') [ ] * name digest context"""
PIECES = st.sampled_from([*WORDS_OF_IT.split(), "\0", "\ud800"])


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(filter=st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map(" ".join)))
def test_whatever_is_asked_is_answered_or_refused(mlflow, filter):
    for path, name in (("runs/search", "filter"), ("experiments/search", "filter"), ("runs/search", "order_by")):
        body = {"experiment_ids": ["0"], name: filter if name == "filter" else [filter]}
        assert mlflow.post(path, **body)[0] in (200, 400)


WORDS_IN_KEYS = st.text(st.characters(exclude_characters="`\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    key=WORDS_IN_KEYS, value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
)
def test_whatever_is_quoted_is_read_as_it_was_meant(key, value):
    spelt = value.replace("'", "''")
    (clause,) = read_filter(f"params.`{key}` = '{spelt}'", WORDS)
    assert (clause.kind, clause.key, clause.value) == ("param", key, value)


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_number_is_read_as_it_was_meant(number):
    (clause,) = read_filter(f"metrics.m >= {number!r}", WORDS)
    assert clause.value == number and not math.isnan(number)


def test_where_a_filter_can_t_be_read_is_said():
    with pytest.raises(BadInput, match="expected AND, found 'OR' at character 17"):
        read_filter("metrics.auc > 1 OR metrics.b > 1", WORDS)
    with pytest.raises(BadInput, match="the quote ' is never closed at character 14"):
        read_filter("params.ab  = 'x", WORDS)


class TestExperiments:
    @pytest.fixture
    def named(self, mlflow):
        for name, tags in (("alpha", {"team": "x"}), ("beta", {"team": "y", "1": "z"}), ("Gamma", {})):
            listed = [{"key": key, "value": value} for key, value in tags.items()]
            mlflow.post("experiments/create", name=name, tags=listed)

    @pytest.mark.parametrize(
        ("filter", "expected"),
        [
            ("", ["Gamma", "beta", "alpha"]),
            ("name = 'beta'", ["beta"]),
            ("attribute.name LIKE '%a' AND name != 'beta'", ["Gamma", "alpha"]),
            ("name ILIKE 'g%'", ["Gamma"]),
            ("name IN ('alpha', 'beta')", ["beta", "alpha"]),
            ("tags.team = 'x'", ["alpha"]),
            ("tags.team != 'x'", ["beta"]),
            ("tags.`1` = 'z'", ["beta"]),
            ("tags.team IS NULL", ["Gamma"]),
            ("tags.team LIKE '_'", ["beta", "alpha"]),
            ("creation_time > 0", ["Gamma", "beta", "alpha"]),
            ("last_update_time < 1e300", ["Gamma", "beta", "alpha"]),
            ("creation_time = 5", []),
            ("experiment_id != '999999'", ["Gamma", "beta", "alpha"]),
        ],
    )
    def test_are_found(self, mlflow, named, filter, expected):
        _, told = mlflow.post("experiments/search", filter=filter)
        assert [one["name"] for one in told["experiments"]] == expected

    def test_are_sorted_and_read_in_pages(self, mlflow, named):
        _, told = mlflow.post("experiments/search", order_by=["name ASC"], max_results=2)
        first = [one["name"] for one in told["experiments"]]
        _, rest = mlflow.post("experiments/search", order_by=["name ASC"], page_token=told["next_page_token"])
        names = first + [one["name"] for one in rest["experiments"]]
        assert sorted(names, key=str.lower) == ["alpha", "beta", "Gamma"] and "next_page_token" not in rest

    def test_an_id_that_is_none_is_refused(self, mlflow):
        status, refused = mlflow.post("experiments/search", filter="experiment_id = 'x'")
        assert status == 400 and "experiment_id" in refused["message"], json.dumps(refused)
