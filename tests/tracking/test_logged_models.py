"""Logged models by MLflow's protocol."""

import pytest

from apps.tracking.facts import Point
from tests.builders.registry import a_logged_model, logs

pytestmark = pytest.mark.django_db


@pytest.mark.both
def test_a_logged_model_is_shown_with_what_was_measured_of_it(client_of_dmitri, dmitri, run, logged, now):
    logs(dmitri, run, now, points=[Point("auc", 0.8, 5, 0, logged.reference, "loans", "abc")])
    shown = client_of_dmitri.get(f"logged-models/{logged.reference}")[1]["model"]
    assert shown["info"]["status"] == "LOGGED_MODEL_READY" and shown["data"]["params"] == [
        {"key": "C", "value": "1.0"}
    ]
    assert [(one["key"], one["value"], one["dataset_name"]) for one in shown["data"]["metrics"]] == [
        ("auc", 0.8, "loans")
    ]
    search = {"experiment_ids": [str(run.experiment_id)]}

    def found(**more):
        status, said = client_of_dmitri.post("logged-models/search", **search, **more)
        assert status == 200, said
        return [one["info"]["model_id"] for one in said["models"]]

    assert found() == found(filter="metrics.auc > 0.7 AND params.C = '1.0'") == [logged.reference]
    assert found(filter="name = 'model'", order_by=[{"field_name": "metrics.auc", "ascending": False}])
    assert (
        found(filter="metrics.auc > 0.7", datasets=[{"dataset_name": "other"}])
        == found(filter="status = 'PENDING'")
        == []
    )


def test_logged_models_are_described_and_put_aside(client_of_dmitri, dmitri, run, now):
    model = a_logged_model(dmitri, now, run=run)
    at = f"logged-models/{model.reference}"
    assert client_of_dmitri.ask("patch", f"{at}/tags", tags=[{"key": "a/b", "value": "1"}])[0] == 200
    assert client_of_dmitri.ask("delete", f"{at}/tags/a/b")[0] == 200
    assert client_of_dmitri.post(f"{at}/params", params=[{"key": "p", "value": "1"}])[0] == 200
    assert client_of_dmitri.post(f"{at}/params", params=[{"key": "p", "value": "2"}])[0] == 400
    assert client_of_dmitri.ask("patch", at, status="LOGGED_MODEL_UPLOAD_FAILED")[0] == 200
    assert client_of_dmitri.ask("patch", at, status=2)[1]["model"]["info"]["status"] == "LOGGED_MODEL_READY"
    assert client_of_dmitri.ask("patch", at, status="LOGGED_MODEL_PENDING")[0] == 400
    assert client_of_dmitri.ask("delete", at)[0] == 200
    assert client_of_dmitri.get(at)[0] == 404 and client_of_dmitri.get(at, allow_deleted="true")[0] == 200
