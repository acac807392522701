"""What is logged names no person, no secret and no cell: ids are enough to find the rest."""

import io
import logging
import logging.config

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from config import logs
from tests.builders.datasets import a_dataset

CELL = b"Ms Rosenkranz-Okonkwo"


@pytest.fixture
def written():
    """Everything from INFO up, as the product's own formatter writes it."""
    formatters = logs.logging(settings.OPTIONS)["formatters"]
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(logging.config.DictConfigurator({}).configure_formatter(dict(formatters["json"])))
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield said
    root.removeHandler(handler)
    root.setLevel(before)


def test_no_log_in_and_no_upload_leaves_a_name_a_secret_or_a_cell(client, dmitri, now, written):
    tried = {"login": "dmitri@demo.example", "password": "not-his-password"}
    assert client.post("/login/", tried).status_code == 200
    body = {"email": "dmitri@demo.example", "password": "not-his-password"}
    assert client.post("/api/v1/tokens/", body, "application/json").status_code == 401
    made = client.post("/api/v1/tokens/", {**body, "password": "dmitri"}, "application/json")
    assert made.status_code == 201
    client.force_login(dmitri)
    table = SimpleUploadedFile("loans.csv", b"name,default\n" + CELL + b",yes\nx,no\n")
    dataset = a_dataset(dmitri, now)
    assert client.post(f"/api/v1/datasets/{dataset.reference}/versions/", {"file": table}).status_code == 201
    bad = SimpleUploadedFile("loans.csv", b"name,default\n" + CELL + b",yes,more\n")
    assert client.post(f"/api/v1/datasets/{dataset.reference}/versions/", {"file": bad}).status_code == 422
    lines = written.getvalue()
    assert "request_finished" in lines
    for secret in ("demo.example", "not-his-password", made.json()["token"], CELL.decode()):
        assert secret not in lines
