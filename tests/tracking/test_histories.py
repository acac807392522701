"""What a metric was, step after step: in order, in pages, in bulk and sampled."""

from itertools import pairwise

import pytest

from apps.tracking.models import MetricPoint

pytestmark = pytest.mark.both


@pytest.fixture
def mlflow(client_of_dmitri):
    return client_of_dmitri


@pytest.fixture
def run(mlflow):
    return mlflow.post("runs/create")[1]["run"]["info"]["run_id"]


def log(mlflow, run, *points, key="loss"):
    metrics = [{"key": key, "value": value, "step": step, "timestamp": at} for step, at, value in points]
    for first in range(0, len(metrics), 1000):
        assert mlflow.post("runs/log-batch", run_id=run, metrics=metrics[first : first + 1000])[0] == 200


def history(mlflow, run, **more):
    status, told = mlflow.get("metrics/get-history", run_id=run, metric_key="loss", **more)
    assert status == 200, told
    return [(one["step"], one["timestamp"], one["value"]) for one in told["metrics"]], told.get("next_page_token")


def test_points_come_in_order_however_they_were_logged(mlflow, run):
    points = [(3, 9, 0.3), (1, 5, 0.1), (1, 4, "NaN"), (2, 1, 0.2), (-1, 0, 0.0), (1, 5, 0.15)]
    log(mlflow, run, *points)
    told, token = history(mlflow, run)
    assert told == [(-1, 0, 0.0), (1, 4, "NaN"), (1, 5, 0.1), (1, 5, 0.15), (2, 1, 0.2), (3, 9, 0.3)] and not token


def test_pages_follow_one_another_without_a_gap(mlflow, run):
    log(mlflow, run, *((step // 2, 0, step / 10) for step in range(10)))
    told, token = [], ""
    while token is not None:
        page, token = history(mlflow, run, max_results=3, page_token=token)
        told += page
    assert [value for _, _, value in told] == [step / 10 for step in range(10)]


def test_25_000_points_are_one_page_and_one_more_is_another(mlflow, run):
    log(mlflow, run, *((step, step, float(step)) for step in range(25_001)))
    assert MetricPoint.objects.count() == 25_001
    told, token = history(mlflow, run)
    rest, end = history(mlflow, run, page_token=token)
    assert len(told) == 25_000 and rest == [(25_000, 25_000, 25_000.0)] and end is None


def test_several_runs_come_in_one_answer(mlflow, run):
    other = mlflow.post("runs/create")[1]["run"]["info"]["run_id"]
    log(mlflow, run, (0, 0, 1.0), (1, 0, 2.0))
    log(mlflow, other, (0, 0, 3.0))
    _, told = mlflow.get("metrics/get-history-bulk", run_id=[run, other], metric_key="loss")
    assert {(one["run_id"], one["value"]) for one in told["metrics"]} == {(run, 1.0), (run, 2.0), (other, 3.0)}


def test_an_interval_keeps_the_ends_and_spreads_the_rest(mlflow, run):
    log(mlflow, run, *((step, 0, float(step)) for step in range(1000)))
    asked = {"run_ids": [run], "metric_key": "loss"}
    _, told = mlflow.get("metrics/get-history-bulk-interval", max_results=11, **asked)
    steps = [one["step"] for one in told["metrics"]]
    assert steps[0] == 0 and steps[-1] == 999 and 11 <= len(steps) <= 13
    assert max(after - before for before, after in pairwise(steps)) < 110
    _, told = mlflow.get("metrics/get-history-bulk-interval", start_step=10, end_step=12, **asked)
    assert [one["step"] for one in told["metrics"]] == [10, 11, 12]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("get-history", {"max_results": 0}),
        ("get-history", {"max_results": -5}),
        ("get-history", {"page_token": "eyJhZnRlciI6WzEsMl19"}),
        ("get-history", {"metric_key": ""}),
        ("get-history-bulk-interval", {"start_step": 5}),
        ("get-history-bulk-interval", {"start_step": 5, "end_step": 1}),
        ("get-history-bulk-interval", {"max_results": 5000}),
        ("get-history-bulk", {"run_id": ["x"] * 101}),
    ],
)
def test_what_can_t_be_asked_is_refused(mlflow, run, path, asked):
    named = {"run_id": run} if path != "get-history-bulk-interval" else {"run_ids": [run]}
    status, refused = mlflow.get(f"metrics/{path}", **{"metric_key": "loss", **named, **asked})
    assert status == 400 and refused["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_run_that_is_not_here_has_none(mlflow):
    assert mlflow.get("metrics/get-history", run_id="0" * 32, metric_key="loss")[0] == 404
