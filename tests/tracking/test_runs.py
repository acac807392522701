"""Runs through the protocol: begun, logged to, ended, and what the ledger then knows of them."""

import pytest

from apps.audit.models import Entry
from apps.tracking.chain import recomputed
from apps.tracking.models import LatestMetric, MetricPoint, Run

pytestmark = pytest.mark.both
LARGEST = 1.7976931348623157e308


def metric(key, value, step=0, timestamp=1_700_000_000_000, **more):
    return {"key": key, "value": value, "step": step, "timestamp": timestamp, **more}


@pytest.fixture
def mlflow(client_of_dmitri):
    return client_of_dmitri


@pytest.fixture
def run(mlflow):
    """The id of a run that is under way."""
    return begun(mlflow)


def begun(program, **said):
    status, told = program.post("runs/create", start_time=1_700_000_000_000, **said)
    assert status == 200, told
    return told["run"]["info"]["run_id"]


def shown(program, run_id):
    status, told = program.get("runs/get", run_id=run_id)
    assert status == 200, told
    return told["run"]


def latest(program, run_id):
    return {one["key"]: one["value"] for one in shown(program, run_id)["data"].get("metrics", [])}


def verbs():
    return list(Entry.objects.filter(verb__startswith="tracking.run").order_by("pk").values_list("verb", flat=True))


def test_a_run_is_begun_in_the_default_experiment_and_named(mlflow, run):
    info = shown(mlflow, run)["info"]
    assert info["status"] == "RUNNING" and info["lifecycle_stage"] == "active" and info["run_name"]
    assert info["artifact_uri"] == f"mlflow-artifacts:/{info['experiment_id']}/{run}/artifacts"
    assert "end_time" not in info and info["start_time"] == 1_700_000_000_000
    assert verbs() == ["tracking.run_started"]


def test_what_is_logged_is_shown(mlflow, run):
    batch = {
        "metrics": [metric("auc", 0.7), metric("auc", 0.8, step=1), metric("loss", "NaN"), metric("top", "Infinity")],
        "params": [{"key": "depth", "value": "3"}],
        "tags": [{"key": "team", "value": "retail"}],
    }
    assert mlflow.post("runs/log-batch", run_id=run, **batch) == (200, {})
    data = shown(mlflow, run)["data"]
    assert latest(mlflow, run) == {"auc": 0.8, "loss": "NaN", "top": LARGEST}
    assert data["params"] == [{"key": "depth", "value": "3"}]
    assert {"key": "team", "value": "retail"} in data["tags"]


def test_integers_may_come_as_text(mlflow, run):
    status, _ = mlflow.post("runs/log-metric", run_id=run, key="m", value="0.5", timestamp="1700000000000", step="7")
    assert status == 200 and MetricPoint.objects.get().step == 7


def test_the_latest_is_of_the_highest_step_whatever_comes_last(mlflow, run):
    for step, value in ((5, 0.5), (9, 0.9), (7, 0.7)):
        mlflow.post("runs/log-metric", run_id=run, **metric("auc", value, step=step))
    assert latest(mlflow, run) == {"auc": 0.9}
    assert LatestMetric.objects.get().value == 0.9


def test_a_point_that_is_logged_twice_is_one(mlflow, run):
    for _ in range(2):
        mlflow.post(
            "runs/log-batch", run_id=run, metrics=[metric("auc", 0.5), metric("auc", 0.5), metric("n", "NaN")]
        )
    assert MetricPoint.objects.count() == 2


def test_a_parameter_is_said_once(mlflow, run):
    said = {"run_id": run, "key": "depth"}
    assert mlflow.post("runs/log-parameter", value="3", **said)[0] == 200
    assert mlflow.post("runs/log-parameter", value="3", **said)[0] == 200
    status, refused = mlflow.post("runs/log-parameter", value="4", **said)
    assert status == 400 and refused["error_code"] == "INVALID_PARAMETER_VALUE" and "depth" in refused["message"]


def test_a_batch_is_logged_whole_or_not_at_all(mlflow, run):
    mlflow.post("runs/log-parameter", run_id=run, key="depth", value="3")
    batch = {"metrics": [metric("auc", 0.5)], "params": [{"key": "depth", "value": "4"}]}
    assert mlflow.post("runs/log-batch", run_id=run, **batch)[0] == 400
    assert not MetricPoint.objects.exists() and latest(mlflow, run) == {}


def test_the_event_of_its_end_names_the_digest_of_all_that_it_logged(mlflow, run):
    mlflow.post("runs/log-batch", run_id=run, metrics=[metric("auc", 0.5)], params=[{"key": "a", "value": "b"}])
    mlflow.post("runs/update", run_id=run, status="FINISHED", end_time=1_700_000_005_000)
    row = Run.objects.get(reference=run)
    assert recomputed(row.pk)[0] == row.digest != ""
    assert verbs() == ["tracking.run_started", "tracking.run_ended"]
    assert row.digest in Entry.objects.get(verb="tracking.run_ended").payload.body


def test_what_is_logged_after_its_end_is_an_event(mlflow, run):
    mlflow.post("runs/update", run_id=run, status="FINISHED")
    ended = Run.objects.get(reference=run).digest
    mlflow.post("runs/log-metric", run_id=run, **metric("late", 1.0))
    row = Run.objects.get(reference=run)
    assert row.digest != ended and recomputed(row.pk)[0] == row.digest
    assert verbs()[-1] == "tracking.run_amended"


def test_a_run_goes_on_after_its_end_and_ends_again(mlflow, run):
    for status in ("FINISHED", "RUNNING", "FAILED"):
        assert mlflow.post("runs/update", run_id=run, status=status)[0] == 200
    info = shown(mlflow, run)["info"]
    assert info["status"] == "FAILED" and "end_time" in info
    assert verbs() == ["tracking.run_started", "tracking.run_ended", "tracking.run_resumed", "tracking.run_ended"]


def test_a_tag_is_set_changed_and_taken_away(mlflow, run):
    mlflow.post("runs/set-tag", run_id=run, key="team", value="a")
    mlflow.post("runs/set-tag", run_id=run, key="team", value="b")
    assert {"key": "team", "value": "b"} in shown(mlflow, run)["data"]["tags"]
    assert mlflow.post("runs/delete-tag", run_id=run, key="team")[0] == 200
    assert "team" not in {tag["key"] for tag in shown(mlflow, run)["data"]["tags"]}
    assert mlflow.post("runs/delete-tag", run_id=run, key="team")[0] == 404
    row = Run.objects.get(reference=run)
    assert recomputed(row.pk)[0] == row.logbook.head


def test_a_run_is_renamed_by_its_name_and_by_its_tag(mlflow, run):
    mlflow.post("runs/update", run_id=run, run_name="second")
    assert shown(mlflow, run)["info"]["run_name"] == "second"
    mlflow.post("runs/set-tag", run_id=run, key="mlflow.runName", value="third")
    assert shown(mlflow, run)["info"]["run_name"] == "third"
    assert verbs()[1:] == ["tracking.run_renamed", "tracking.run_renamed"]


def test_a_deleted_run_takes_nothing_until_it_is_restored(mlflow, run):
    assert mlflow.post("runs/delete", run_id=run)[0] == 200
    assert shown(mlflow, run)["info"]["lifecycle_stage"] == "deleted"
    status, refused = mlflow.post("runs/log-metric", run_id=run, **metric("auc", 1))
    assert status == 400 and "deleted" in refused["message"]
    assert mlflow.post("runs/restore", run_id=run)[0] == 200
    assert mlflow.post("runs/log-metric", run_id=run, **metric("auc", 1))[0] == 200


def test_only_who_started_a_run_logs_to_it_while_it_is_under_way(mlflow, run, program, olivia):
    status, refused = program(olivia).post("runs/log-metric", run_id=run, **metric("auc", 1))
    assert status == 403 and refused["error_code"] == "PERMISSION_DENIED"
    assert not MetricPoint.objects.exists()


def test_a_run_of_another_unit_does_not_exist(mlflow, run, program, oscar):
    for status, refused in (
        program(oscar).get("runs/get", run_id=run),
        program(oscar).post("runs/log-metric", run_id=run, **metric("auc", 1)),
        program(oscar).post("runs/delete", run_id=run),
    ):
        assert status == 404 and refused["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("log-batch", {"metrics": [metric("m", n) for n in range(1001)]}, "1000"),
        ("log-batch", {"params": [{"key": f"p{n}", "value": ""} for n in range(101)]}, "100"),
        ("log-batch", {"tags": [{"key": f"t{n}", "value": ""} for n in range(101)]}, "100"),
        ("log-batch", {"tags": [{"key": "t", "value": "x" * 1_000_001}]}, "1000000 bytes"),
        ("log-batch", {"metrics": [{"key": "m", "value": 1}]}, "metrics[0].timestamp"),
        ("log-batch", {"metrics": [metric("m", "seven")]}, "metrics[0].value"),
        ("log-batch", {"metrics": [metric("m", True)]}, "metrics[0].value"),
        ("log-batch", {"metrics": {"key": "m"}}, "metrics"),
        ("log-metric", metric("../m", 1), "key"),
        ("log-metric", metric("m;drop", 1), "key"),
        ("log-metric", metric("m" * 251, 1), "key"),
        ("log-metric", metric("m", 1, step=2**63), "step"),
        ("log-parameter", {"key": "p", "value": "a\0b"}, "NUL"),
        ("update", {"status": "DONE"}, "status"),
        ("set-tag", {"value": "x"}, "'key'"),
    ],
)
def test_what_can_t_be_logged_is_refused_by_name(mlflow, run, path, body, words):
    status, refused = mlflow.post(f"runs/{path}", run_id=run, **body)
    assert status == 400 and refused["error_code"] == "INVALID_PARAMETER_VALUE" and words in refused["message"]
