"""Objects of an S3-compatible store: signed by boto3, fetched the way every download is."""

import builtins
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.datasets.models import Extraction
from tests.builders.datasets import LOANS
from tests.builders.hosts import a_server
from tests.builders.sources import a_source, extract

KEYS = {"access_key": "env:QUAESTOR_SOURCE_S3_KEY", "secret_key": "file:s3-secret"}
SECRET = "wJalrXUtnFEMI-hunter2"


def store(objects):
    """Answers as a store does that knows one access key; an object is (bytes, its ETag)."""

    def answer(request):
        query = parse_qs(urlsplit(request.path).query)
        if not query.get("X-Amz-Credential", [""])[0].startswith("AKIDEXAMPLE/") or "X-Amz-Signature" not in query:
            return request.file(b"<Error><Code>AccessDenied</Code></Error>", status=403)
        body, etag = objects[request.path.partition("?")[0]]
        return request.file(body, ETag=f'"{etag}"')

    return answer


@pytest.fixture
def server(settings, monkeypatch, tmp_path):
    pytest.importorskip("boto3")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "s3-secret").write_text(SECRET + "\n")
    monkeypatch.setenv("QUAESTOR_SOURCE_S3_KEY", "AKIDEXAMPLE")
    settings.DATA_SECRETS = tmp_path / "secrets"
    with a_server() as server:
        settings.DATA_HOSTS = (server.address,)
        right, wrong = hashlib.md5(LOANS).hexdigest(), "0" * 32
        objects = {
            "/bank/2026/loans.csv": (LOANS, right),
            "/bank/damaged.csv": (LOANS, wrong),
            "/bank/parts.csv": (LOANS, f"{wrong}-2"),
        }
        server.answers = dict.fromkeys(objects, store(objects))
        yield server


def taken(actor, now, server, key, **said):
    place = {"endpoint": server.address, "region": "eu-central-1", "bucket": "bank", "key": key}
    return extract(actor, a_source(actor, now, "s3", place, **{"credentials": KEYS, **said}), now)


def test_an_object_becomes_a_version(dmitri, server, now):
    made = taken(dmitri, now, server, "2026/loans.csv")
    assert (made.rows, made.version.filename) == (4, "loans.csv")
    assert made.origin == f"s3://bank/2026/loans.csv at {server.address}"
    asked, _ = server.asked[0]
    assert "X-Amz-Signature" in asked and "eu-central-1" in asked


def test_neither_the_secret_nor_the_signature_is_kept_or_said(dmitri, server, now, caplog):
    failed = taken(dmitri, now, server, "nothing.csv")
    assert "answered 404" in failed.error
    told = str(Extraction.objects.values()) + caplog.text + failed.error
    assert SECRET not in told and "Signature" not in told and "AKIDEXAMPLE" not in told


def test_an_object_that_came_damaged_is_refused(dmitri, server, now):
    assert "its MD5 is not what the store says" in taken(dmitri, now, server, "damaged.csv").error
    assert taken(dmitri, now, server, "parts.csv").rows == 4  # of several parts: no MD5 of the whole


def test_without_a_credential_an_object_is_asked_for_plainly(dmitri, server, now):
    assert "the credential is missing" in taken(dmitri, now, server, "2026/loans.csv", credentials={}).error
    assert "X-Amz" not in server.asked[0][0]


def test_it_is_said_that_boto3_is_missing(dmitri, server, now, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **more):
        if name.partition(".")[0] in ("boto3", "botocore"):
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "Install the product with its s3 extra" in taken(dmitri, now, server, "2026/loans.csv").error
