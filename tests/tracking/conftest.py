"""A program that speaks the protocol as MLflow's client does."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.services.tokens import issue_token
from apps.inventory.models import Model
from apps.tracking.services.logged_models import finish_logged_model
from tests.builders.registry import a_logged_model, a_run, keeps


class Program:
    """What a client sends and reads, with somebody's token."""

    def __init__(self, user, now):
        self.client = Client(raise_request_exception=False)
        self.token = issue_token(actor=user, now=timezone.now()).secret if user else ""

    def ask(self, method, path, /, *, api="2.0", **body):
        """The answer's status and its JSON."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        where = f"/api/{api}/mlflow/{path}"
        if method == "get":
            told = self.client.get(where, body, headers=headers)
        else:
            sent = json.dumps(body)
            told = getattr(self.client, method)(where, sent, content_type="application/json", headers=headers)
        return told.status_code, json.loads(told.getvalue())

    def get(self, path, /, **body):
        return self.ask("get", path, **body)

    def post(self, path, /, **body):
        return self.ask("post", path, **body)


@pytest.fixture
def program(now):
    """program(user) speaks with a token of theirs; program(None) without one."""
    return lambda user: Program(user, now)


MLMODEL = b"""
flavors:
  python_function: {loader_module: mlflow.sklearn}
  sklearn: {pickled_model: model.pkl, serialization_format: cloudpickle}
signature:
  inputs: '[{"type": "double", "name": "age"}, {"type": "double", "name": "income"}]'
"""
PICKLE = b"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00}\x94."


@pytest.fixture
def run(dmitri, now):
    """A run of dmitri's, under way."""
    return a_run(dmitri, now)


@pytest.fixture
def logged(dmitri, run, now):
    """A model that the run logged, with a pickle."""
    model = a_logged_model(dmitri, now, run=run, params={"C": "1.0"})
    keeps(dmitri, model, now, **{"MLmodel": MLMODEL, "model.pkl": PICKLE})
    return finish_logged_model(actor=dmitri, model=model, status="LOGGED_MODEL_READY", now=now)


@pytest.fixture
def registered(client_of_dmitri):
    """The registered model Waiver, of dmitri's."""
    assert client_of_dmitri.post("registered-models/create", name="Waiver")[0] == 200
    return Model.objects.get(name="Waiver")


@pytest.fixture
def registered_version(client_of_dmitri, registered, logged):
    """Its version 1, from the logged model."""
    return registered.versions.get(number=version_from(client_of_dmitri, logged)["version"])


def version_from(program, logged, **more):
    """Register a version of Waiver from a logged model; what the protocol shows of it."""
    source = {"source": f"models:/{logged.reference}", "name": "Waiver"}
    status, said = program.post("model-versions/create", **{**source, **more})
    assert status == 200, said
    return said["model_version"]


@pytest.fixture
def client_of_dmitri(program, dmitri):
    return program(dmitri)
