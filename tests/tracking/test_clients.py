"""The unmodified clients, with nothing but an address and a token, against the server as it is run."""

import json
from pathlib import Path

import pytest
from django.utils import timezone

from apps.accounts.services.tokens import issue_token
from apps.inventory.models import Model, ModelVersion
from apps.tracking.models import Run
from tests import peers
from tests.conftest import person
from tests.tracking.clients import served

SCRIPT = Path(__file__).parent / "scripts" / "notebook.py"
QUIET = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "GIT_PYTHON_REFRESH": "quiet"}
DENIED = "PERMISSION_DENIED"


@pytest.mark.parametrize("peer", ["mlflow-3.7", "mlflow-3.17"])
def test_a_strangers_notebook_yields_a_run_a_model_and_governed_versions(peer, environment_of_a_process, tmp_path):
    peers.python(peer)
    dmitri = person("dmitri")
    token = issue_token(actor=dmitri, now=timezone.now()).secret
    with served(environment_of_a_process, tmp_path / "web.log") as address:
        spoken = {
            "MLFLOW_TRACKING_URI": address,
            "MLFLOW_TRACKING_TOKEN": token,
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        }
        said = peers.run(peer, SCRIPT.read_text(), folder=tmp_path, seconds=300, GIT_PYTHON_REFRESH="quiet", **spoken)
    told = json.loads(said.rpartition("TOLD")[2])

    assert told["empty"] == "" and told["text"] == "héllo" and told["readme"] == "A line."
    assert {"empty.txt", "notes", "a", "d.json"} <= set(told["listed"])
    assert told["same"] and told["big"] == 12 << 20

    run = Run.objects.get(reference=told["run"])
    assert run.status == "FINISHED" and run.started_by == dmitri
    assert told["first"]["run"] == run.reference and told["first"]["status"] == "READY"

    model = Model.objects.get(name=f"Notebook {told['version']}")
    assert model.owner == dmitri and model.intake == "undecided" and model.purpose == ""
    pickled, onnx, third, _ = model.versions.order_by("pk")
    assert pickled.status == onnx.status == ModelVersion.Status.DRAFT
    assert pickled.metadata["training_run"] == run.reference and pickled.metadata["parameters"]["max_iter"] == "3000"
    assert pickled.metadata["algorithm"] == "LogisticRegression" and "training_accuracy_score" in " ".join(
        pickled.metadata["training_metrics"]
    )
    assert pickled.metadata["inputs"] == ["mean radius", "mean texture", "mean perimeter"]
    assert pickled.artifact is None and "pickle" in pickled.registered.without_file
    assert onnx.artifact.format == onnx.metadata["format"] == "onnx" and "artifact" not in onnx.lacks()
    assert third.registered.tags == {"by": "hand"}
    assert told["second"]["tags"]["quaestor.status"] == "draft"

    assert told["by alias"] == "2" and told["loaded by alias"] and told["latest"] and told["staged"] == ["2"]
    for use in ("champion", "production"):
        assert told[use]["code"] == DENIED and "has no live approval" in told[use]["message"]
    assert told["found"] == [model.name] and told["versions"] == ["1", "2", "3", "4"] and told["of the run"] == ["1"]
    assert told["version deleted"]["code"] == told["model deleted"]["code"] == DENIED
    assert "registered from it" in told["run deleted"]["message"]
    assert (
        told["again"]["code"] == "RESOURCE_ALREADY_EXISTS" and told["nobody's"]["code"] == "RESOURCE_DOES_NOT_EXIST"
    )
    assert told["elsewhere"]["code"] == told["not theirs"]["code"] == "INVALID_PARAMETER_VALUE"
