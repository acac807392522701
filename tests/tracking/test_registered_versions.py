"""Versions by MLflow's protocol: drafts of the inventory, documented by the run they came from."""

import pytest

from apps.audit.models import Entry
from apps.core.errors import RuleViolated
from apps.tracking.facts import Data, Point
from apps.tracking.services.logged_models import put_aside
from apps.tracking.services.runs import update_run
from tests.builders.datasets import a_version as a_table
from tests.builders.registry import logs
from tests.tracking.conftest import version_from

pytestmark = pytest.mark.django_db


def test_a_version_is_documented_by_its_run(client_of_dmitri, dmitri, registered, run, logged, now):
    table = a_table(dmitri, now)
    data = [Data("loans", table.digest[:32], tags={"mlflow.data.context": "training"})]
    tags = {"mlflow.source.git.commit": "c0ffee", "estimator_name": "LogisticRegression"}
    logs(dmitri, run, now, params=[("max_iter", "100")], tags=tags, data=data)
    logs(dmitri, run, now, points=[Point("auc", 0.8, 0), Point("odd", float("nan"), 0)])
    said = version_from(client_of_dmitri, logged, tags=[{"key": "by", "value": "hand"}], description="The first")
    version = registered.versions.get()
    assert version.reference == "MDL-0001@1" and said["status"] == "READY" and said["run_id"] == run.reference
    assert version.metadata == {
        "version": "1",
        "parameters": {"max_iter": "100", "C": "1.0"},
        "training_metrics": {"auc": 0.8},
        "training_run": run.reference,
        "code_version": "c0ffee",
        "algorithm": "LogisticRegression",
        "inputs": ["age", "income"],
        "training_data": table.reference,
    }


def test_a_pickle_is_documented_and_says_what_it_lacks(registered_version):
    assert registered_version.status == "draft" and registered_version.artifact is None
    assert (
        "pickle" in registered_version.registered.without_file
        and "skops" in registered_version.registered.without_file
    )
    assert {"artifact", "metadata.target", "metadata.evaluation_data"} <= set(registered_version.lacks())


def test_what_the_run_logs_last_is_taken_over_when_it_ends(dmitri, run, registered_version, now):
    logs(dmitri, run, now, points=[Point("auc", 0.9, 0)], params=[("late", "1")])
    update_run(actor=dmitri, reference=run.reference, status="FINISHED", now=now)
    registered_version.refresh_from_db()
    assert (
        registered_version.metadata["training_metrics"] == {"auc": 0.9}
        and registered_version.metadata["parameters"]["late"] == "1"
    )
    assert Entry.objects.get(verb="tracking.version_documented").cause == "tracking.run_ended"


def test_numbers_count_up(client_of_dmitri, registered, logged):
    assert [version_from(client_of_dmitri, logged)["version"] for _ in range(3)] == ["1", "2", "3"]


def test_a_run_that_a_version_came_from_stays(client_of_dmitri, dmitri, run, logged, registered_version, now):
    status, said = client_of_dmitri.post("runs/delete", run_id=run.reference)
    assert status == 400 and "MDL-0001@1 was registered from it" in said["message"]
    with pytest.raises(RuleViolated, match="was registered from"):
        put_aside(actor=dmitri, model=logged, now=now)


def test_it_is_shown_with_where_it_stands(client_of_dmitri, registered_version, logged):
    shown = client_of_dmitri.get("model-versions/get", name="Waiver", version="1")[1]["model_version"]
    tags = {tag["key"]: tag["value"] for tag in shown["tags"]}
    assert tags["quaestor.status"] == "draft" and "target" in tags["quaestor.lacks"]
    assert shown["model_id"] == logged.reference and shown["current_stage"] == "None"
    uri = client_of_dmitri.get("model-versions/get-download-uri", name="Waiver", version="1")[1]["artifact_uri"]
    assert uri == f"mlflow-artifacts:/{logged.experiment_id}/models/{logged.reference}/artifacts"


def test_it_is_described_tagged_and_not_deleted(client_of_dmitri, registered_version):
    one = {"name": "Waiver", "version": "1"}
    assert client_of_dmitri.ask("patch", "model-versions/update", **one, description="Words")[0] == 200
    assert client_of_dmitri.post("model-versions/set-tag", **one, key="a", value="b")[0] == 200
    assert client_of_dmitri.post("model-versions/set-tag", **one, key="c", value="d")[0] == 200
    assert client_of_dmitri.ask("delete", "model-versions/delete-tag", **one, key="c")[0] == 200
    shown = client_of_dmitri.get("model-versions/get", **one)[1]["model_version"]
    assert shown["description"] == "Words" and {"key": "a", "value": "b"} in shown["tags"]
    status, said = client_of_dmitri.ask("delete", "model-versions/delete", **one)
    assert (status, said["error_code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.both
def test_versions_are_found(client_of_dmitri, dmitri, logged, registered_version, run, now):
    version_from(client_of_dmitri, logged, tags=[{"key": "k", "value": "v"}])

    def numbers(text="", **more):
        said = client_of_dmitri.get("model-versions/search", filter=text, **more)[1]
        return [one["version"] for one in said["model_versions"]]

    assert numbers("name = 'Waiver'", order_by="version_number ASC") == ["1", "2"]
    assert numbers(f"run_id = '{run.reference}'", order_by="version_number DESC") == ["2", "1"]
    assert numbers(f"run_id IN ('{run.reference}', 'x')", max_results=1) == ["2"]
    assert numbers("tags.k = 'v'") == numbers("version_number = '2'") == ["2"]
    assert numbers("name = 'Another'") == []


def test_the_search_asks_as_often_for_many(client_of_dmitri, registered, logged, django_assert_max_num_queries):
    for _ in range(5):
        version_from(client_of_dmitri, logged)
    with django_assert_max_num_queries(6):
        assert len(client_of_dmitri.get("model-versions/search")[1]["model_versions"]) == 5
