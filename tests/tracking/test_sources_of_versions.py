"""What a version may come from: what its own run or logged model keeps here, and nothing else."""

import pytest

from apps.tracking.models import RegisteredVersion
from tests.builders.registry import a_run, keeps
from tests.tracking.conftest import MLMODEL, PICKLE

pytestmark = pytest.mark.django_db


def ask(program, source, **more):
    return program.post("model-versions/create", name="Waiver", source=source, **more)


def test_a_folder_of_a_run_by_both_its_addresses(client_of_dmitri, dmitri, registered, run, now):
    keeps(dmitri, run, now, **{"model/MLmodel": MLMODEL, "model/model.pkl": PICKLE})
    root = f"{run.experiment_id}/{run.reference}/artifacts/model"
    sources = [
        f"runs:/{run.reference}/model",
        f"mlflow-artifacts:/{root}",
        f"http://testserver/api/2.0/mlflow-artifacts/artifacts/{root}",
    ]
    for source in sources:
        assert ask(client_of_dmitri, source, run_id=run.reference)[0] == 200
    assert {row.root for row in RegisteredVersion.objects.all()} == {f"mlflow-artifacts:/{root}"}


def test_a_logged_model_by_its_name_in_the_run(client_of_dmitri, registered, run, logged):
    assert ask(client_of_dmitri, f"runs:/{run.reference}/model")[0] == 200
    assert RegisteredVersion.objects.get().logged_model == logged


def test_another_version_is_a_source_too(client_of_dmitri, registered_version, logged):
    assert ask(client_of_dmitri, "models:/Waiver/1")[0] == 200
    assert {row.logged_model for row in RegisteredVersion.objects.all()} == {logged}


def test_it_has_to_be_of_the_run_that_is_named(client_of_dmitri, dmitri, registered, run, logged, now):
    other = a_run(dmitri, now)
    keeps(dmitri, run, now, **{"model/MLmodel": MLMODEL})
    root = f"mlflow-artifacts:/{run.experiment_id}/{run.reference}/artifacts/model"
    for source in (f"runs:/{run.reference}/model", root, f"models:/{logged.reference}"):
        status, said = ask(client_of_dmitri, source, run_id=other.reference)
        assert status == 400 and "run_id" in said["message"]
    assert ask(client_of_dmitri, root, model_id=logged.reference)[0] == 400


@pytest.mark.parametrize(
    "source",
    [
        "s3://bucket/model",
        "file:///etc/passwd",
        "/etc/passwd",
        "../../etc",
        "ftp://host/x",
        "models:/",
        "models:/Nothing/1",
        "models:/m-" + "0" * 32,
        "runs:/" + "0" * 32 + "/model",
        "runs:/x/model",
        "runs:/{run}/../../other",
        "runs:/{run}/nothing",
        "mlflow-artifacts:/{root}/../..",
        "mlflow-artifacts:/{root}/%2e%2e/x",
        "mlflow-artifacts:/{root}?x=1",
        "mlflow-artifacts:/",
        "http://elsewhere/model",
        "http://user@host/api/2.0/mlflow-artifacts/artifacts/{root}",
        "http://[broken/api/2.0/mlflow-artifacts/artifacts/{root}",
        "x" * 3000,
    ],
)
def test_nothing_else_is_a_source(client_of_dmitri, registered, run, source):
    root = f"{run.experiment_id}/{run.reference}/artifacts"
    status, said = ask(client_of_dmitri, source.replace("{run}", run.reference).replace("{root}", root))
    assert (status, said["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert not RegisteredVersion.objects.exists()


def test_a_run_of_another_unit_is_none(client_of_dmitri, registered, oscar, now):
    theirs = a_run(oscar, now)
    keeps(oscar, theirs, now, **{"model/MLmodel": MLMODEL})
    assert ask(client_of_dmitri, f"runs:/{theirs.reference}/model")[0] == 400


BROKEN = [
    b"",
    b"\xff",
    b"flavors: [1",
    b"flavors: 3",
    b"a: &a [*a]",
    b"flavors: {onnx: {data: ../../x}}",
    b"flavors: {onnx: {data: 3}}",
    b"signature: {inputs: '[[[['}",
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_description_that_is_none_hinders_nothing(client_of_dmitri, dmitri, registered, run, now, content):
    keeps(dmitri, run, now, **{"model/MLmodel": content, "model/x": b"x"})
    assert ask(client_of_dmitri, f"runs:/{run.reference}/model")[0] == 200
