"""Artifacts by the protocol: streamed in and out, under paths that lead nowhere else, and never deleted."""

import hashlib
import io
import json
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import Entry
from apps.files.receiving import waiting_room
from apps.tracking.chain import recomputed
from apps.tracking.models import KeptFile, Run, Upload
from apps.tracking.selectors.files import digest_of_files, file_at
from apps.tracking.services.logged_models import finish_logged_model, put_aside
from apps.tracking.services.runs import update_run
from apps.tracking.services.uploads import sweep
from tests.builders.registry import a_logged_model, a_run, keeps

pytestmark = pytest.mark.django_db
ROOT = "/api/2.0/mlflow-artifacts"


class Files:
    """A program that keeps and fetches files, with somebody's token."""

    def __init__(self, program):
        self.program = program

    def at(self, method, address, body=b"", **extra):
        headers = {"Authorization": f"Bearer {self.program.token}"} if self.program.token else {}
        kind = extra.pop("content_type", "application/octet-stream")
        return self.program.client.generic(
            method.upper(), address, body, content_type=kind, headers={**headers, **extra.pop("headers", {})}, **extra
        )

    def put(self, path, body, **extra):
        return self.at("put", f"{ROOT}/artifacts/{path}", body, **extra)

    def get(self, path, **extra):
        return self.at("get", f"{ROOT}/artifacts/{path}", **extra)

    def delete(self, path):
        return self.at("delete", f"{ROOT}/artifacts/{path}")

    def listed(self, path):
        answer = self.at("get", f"{ROOT}/artifacts?path={quote(path)}")
        return {line["path"]: line.get("file_size") for line in answer.json().get("files", [])}

    def ask(self, method, call, /, **body):
        answer = self.at(method, f"{ROOT}/{call}", json.dumps(body).encode(), content_type="application/json")
        return answer.status_code, answer.json()


@pytest.fixture
def files(program, dmitri):
    return Files(program(dmitri))


@pytest.fixture
def run(dmitri, now):
    return a_run(dmitri, now)


@pytest.fixture
def root(run):
    return f"{run.experiment_id}/{run.reference}/artifacts"


@pytest.mark.both
def test_what_is_put_is_listed_and_got_again(files, root):
    assert files.put(f"{root}/plots/roc.png", b"\x89PNG").json() == {}
    assert files.put(f"{root}/notes.txt", b"").status_code == 200
    assert files.listed(root) == {"notes.txt": 0, "plots": None}
    assert files.listed(f"{root}/plots") == {"roc.png": 4}
    answer = files.get(f"{root}/plots/roc.png")
    assert b"".join(answer) == b"\x89PNG" and "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(files.get(f"{root}/notes.txt")) == b""


def test_a_part_of_a_file_is_fetched_by_range(files, root):
    files.put(f"{root}/digits", b"0123456789")
    answer = files.get(f"{root}/digits", headers={"Range": "bytes=3-5"})
    assert (answer.status_code, b"".join(answer)) == (206, b"345")


def test_the_run_lists_them_by_their_path(files, run, root):
    files.put(f"{root}/model/MLmodel", b"{}")
    answer = files.at("get", f"/api/2.0/mlflow/artifacts/list?run_id={run.reference}&path=model")
    said = answer.json()
    assert answer.status_code == 200 and said["root_uri"] == f"mlflow-artifacts:/{root}"
    assert said["files"] == [{"path": "model/MLmodel", "is_dir": False, "file_size": 2}]


def test_other_bytes_take_the_place_and_the_old_ones_stay_in_the_record(files, run, root):
    for body in (b"one", b"two", b"two"):
        files.put(f"{root}/a", body)
    assert b"".join(files.get(f"{root}/a")) == b"two"
    assert [row.blob.size for row in KeptFile.objects.filter(run=run)] == [3, 3]


def test_nothing_kept_is_deleted(files, root):
    files.put(f"{root}/a", b"one")
    answer = files.delete(f"{root}/a")
    assert answer.status_code == 403 and answer.json()["error_code"] == "PERMISSION_DENIED"
    assert "evidence" in answer.json()["message"]
    assert files.at("delete", f"{ROOT}/artifacts?path={root}").status_code == 403
    assert b"".join(files.get(f"{root}/a")) == b"one"


def test_a_file_that_comes_after_the_end_is_an_event(files, run, root, dmitri, now):
    files.put(f"{root}/before", b"1")
    assert not Entry.objects.filter(verb="tracking.run_amended").exists()
    ended = update_run(actor=dmitri, reference=run.reference, status="FINISHED", now=now)
    assert (ended.digest, ended.entries) == recomputed(run.pk)
    files.put(f"{root}/after", b"2")
    assert Entry.objects.filter(verb="tracking.run_amended", subject_reference=run.reference).count() == 1
    before, run = ended.digest, Run.objects.get(pk=run.pk)
    assert (run.digest, run.entries) == recomputed(run.pk) and run.digest != before


def test_while_it_is_under_way_only_who_started_it_adds_to_it(program, olivia, root):
    answer = Files(program(olivia)).put(f"{root}/a", b"1")
    assert answer.status_code == 403 and "who started" in answer.json()["message"]


def test_a_whole_model_gets_another_digest_by_another_file(files, dmitri, now):
    model = a_logged_model(dmitri, now)
    place = f"{model.experiment_id}/models/{model.reference}/artifacts"
    files.put(f"{place}/MLmodel", b"{}")
    model = finish_logged_model(actor=dmitri, model=model, status="LOGGED_MODEL_READY", now=now)
    assert model.digest == digest_of_files(model)
    files.put(f"{place}/conda.yaml", b"{}")
    before = model.digest
    model.refresh_from_db()
    assert model.digest == digest_of_files(model) != before
    assert Entry.objects.filter(verb="tracking.logged_model_amended").count() == 1


def test_what_was_put_aside_takes_nothing_in(files, dmitri, now):
    model = put_aside(actor=dmitri, model=a_logged_model(dmitri, now), now=now)
    answer = files.put(f"{model.experiment_id}/models/{model.reference}/artifacts/a", b"1")
    assert answer.status_code == 400 and "put aside" in answer.json()["message"]


class TestWhoMay:
    def test_a_stranger_is_told_nothing(self, files, program, oscar, root):
        files.put(f"{root}/a", b"one")
        stranger = Files(program(oscar))
        for answer in (stranger.get(f"{root}/a"), stranger.put(f"{root}/b", b"x")):
            assert answer.status_code == 404 and answer.json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"
        assert stranger.listed(root) == {}

    def test_an_auditor_reads_and_keeps_nothing(self, files, program, aisha, root):
        files.put(f"{root}/a", b"one")
        auditor = Files(program(aisha))
        assert b"".join(auditor.get(f"{root}/a")) == b"one"
        assert auditor.put(f"{root}/b", b"x").status_code == 403

    def test_nobody_is_asked_for_a_token(self, program, root):
        nobody = Files(program(None))
        assert nobody.get(f"{root}/a").status_code == nobody.put(f"{root}/a", b"x").status_code == 401


class TestPaths:
    BAD = [
        "../a",
        "a/../../b",
        "..%2fa",
        "%2e%2e/a",
        "%252e%252e/a",
        "%25252e%25252e%252fa",
        "/etc/passwd",
        "a//b",
        "./a",
        "a/.",
        "a\\..\\b",
        "..\\a",
        "%5c..%5ca",
        "a%00b",
        "a\nb",
        "a/",
        "x" * 256,
        "y/" * 550 + "y",
        "\u202egnp.exe",
    ]

    @pytest.mark.parametrize("path", BAD)
    def test_no_path_leads_out(self, files, run, root, path):
        answer = files.put(f"{root}/{quote(path, safe='/%')}", b"x")
        assert answer.status_code in (400, 404), answer.content
        assert answer.json()["error_code"] in ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST")
        assert not KeptFile.objects.exists()

    @pytest.mark.parametrize("path", ["50%.png", "a b.txt", "ünïcode.csv", "a#b", "what?.txt", "...", ".hidden"])
    def test_odd_names_are_names(self, files, root, path):
        assert files.put(f"{root}/{quote(path)}", b"x").status_code == 200
        assert files.listed(root) == {path: 1}
        assert b"".join(files.get(f"{root}/{quote(path)}")) == b"x"

    def test_a_name_is_a_file_or_a_folder(self, files, root):
        files.put(f"{root}/a/b", b"1")
        for path in ("a", "a/b/c"):
            answer = files.put(f"{root}/{path}", b"1")
            assert answer.status_code == 400 and "file and a folder" in answer.json()["message"]

    def test_there_is_no_place_outside_of_runs_and_models(self, files, run):
        for path in (
            "a",
            f"{run.experiment_id}/a",
            f"9{run.experiment_id}/{run.reference}/artifacts/a",
            "99999999999999999999/b",
        ):
            assert files.put(path, b"x").status_code == 404
            assert files.get(path).status_code == 404

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(path=st.text(max_size=40), body=st.binary(max_size=10))
    def test_whatever_is_asked_is_answered(self, files, root, path, body):
        sent = quote(path, safe="/%", errors="replace")
        kept = files.put(f"{root}/{sent}", body)
        assert kept.status_code in (200, 400, 404)
        assert files.get(f"{root}/{sent}").status_code in (200, 400, 404)
        assert files.at("get", f"{ROOT}/artifacts?path={quote(path, errors='replace')}").status_code in (200, 400)


class TestLimits:
    def test_more_than_is_kept_is_not_read(self, files, root):
        with override_settings(ARTIFACT_LIMIT_BYTES=10):
            answer = files.put(f"{root}/a", b"x" * 11)
        assert answer.status_code == 413 and answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
        assert not KeptFile.objects.exists() and not list(waiting_room().iterdir())

    def test_a_file_larger_than_a_body_may_be_is_a_file_all_the_same(self, files, root):
        answer = files.put(f"{root}/a", b"x" * (11 << 20))
        assert answer.status_code == 200 and files.listed(root) == {"a": 11 << 20}

    def test_a_file_that_breaks_off_leaves_nothing(self, files, root):
        answer = files.put(f"{root}/a", b"half", CONTENT_LENGTH="4")
        assert answer.status_code == 200
        broken = files.put(f"{root}/b", b"", CONTENT_LENGTH="400", **{"wsgi.input": io.BytesIO(b"half")})
        assert broken.status_code == 400 and "broke off" in broken.json()["message"]
        assert files.listed(root) == {"a": 4} and not list(waiting_room().iterdir())

    def test_chunks_are_refused_where_nobody_knows_their_end(self, files, root):
        answer = files.put(f"{root}/a", b"", headers={"Transfer-Encoding": "chunked"})
        assert answer.status_code == 400 and "Content-Length" in answer.json()["message"]


class TestParts:
    def begin(self, files, root, parts=2, name="/data/big.bin"):
        status, said = files.ask("post", f"mpu/create/{root}/model", path=name, num_parts=parts)
        assert status == 200, said
        return said

    def send(self, files, credential, body, client=None):
        address = credential["url"].removeprefix("http://testserver")
        return (client or files.program.client).put(address, body, content_type="")

    def finish(self, files, root, said, parts, name="big.bin"):
        return files.ask("post", f"mpu/complete/{root}/model", path=name, upload_id=said["upload_id"], parts=parts)

    def test_parts_make_a_file(self, files, root):
        said = self.begin(files, root)
        assert [one["part_number"] for one in said["credentials"]] == [1, 2]
        second = self.send(files, said["credentials"][1], b"world")
        first = self.send(files, said["credentials"][0], b"hello ")
        parts = [
            {"part_number": 1, "etag": first["ETag"], "url": "x"},
            {"part_number": 2, "etag": second["ETag"], "url": "x"},
        ]
        for _ in range(2):  # a client that did not hear the answer asks again
            assert self.finish(files, root, said, parts) == (200, {})
        assert b"".join(files.get(f"{root}/model/big.bin")) == b"hello world"
        kept = KeptFile.objects.get()
        assert kept.blob_id == hashlib.sha256(b"hello world").hexdigest()

    def test_a_missing_or_another_part_makes_none(self, files, root):
        said = self.begin(files, root)
        tag = self.send(files, said["credentials"][0], b"hello ")["ETag"]
        for parts in (
            [],
            [{"part_number": 1, "etag": tag}],
            [{"part_number": 1, "etag": tag}, {"part_number": 2, "etag": tag}],
            [{"part_number": 2, "etag": tag}, {"part_number": 1, "etag": tag}],
            [{"part_number": 1, "etag": tag}, {"part_number": 1, "etag": tag}],
        ):
            assert self.finish(files, root, said, parts)[0] == 400
        assert not KeptFile.objects.exists()

    def test_an_address_is_for_one_part_of_one_upload_and_for_six_hours(self, files, root):
        said = self.begin(files, root)
        address = said["credentials"][0]["url"].removeprefix("http://testserver")
        assert self.send(files, {"url": address[:-2] + "xx"}, b"x").status_code == 403
        assert files.program.client.get(address).status_code == 405
        with time_machine.travel(timezone.now() + timedelta(hours=7)):
            answer = self.send(files, said["credentials"][0], b"x")
        assert answer.status_code == 403 and "expired" in answer.json()["message"]

    def test_what_was_given_up_is_forgotten(self, files, root):
        said = self.begin(files, root)
        self.send(files, said["credentials"][0], b"x")
        asked = {"path": "big.bin", "upload_id": said["upload_id"]}
        assert files.ask("post", f"mpu/abort/{root}/model", **asked) == (200, {})
        assert not Upload.objects.exists()
        assert self.send(files, said["credentials"][1], b"x").status_code == 404
        assert files.ask("post", f"mpu/abort/{root}/model", **asked)[0] == 404

    def test_what_nobody_finished_is_swept_after_a_day(self, files, root):
        self.send(files, self.begin(files, root)["credentials"][0], b"x")
        sweep(timezone.now() + timedelta(hours=23))
        assert Upload.objects.count() == 1
        sweep(timezone.now() + timedelta(hours=25))
        assert not Upload.objects.exists()

    def test_parts_are_not_more_than_a_file_may_be(self, files, root):
        said = self.begin(files, root)
        with override_settings(ARTIFACT_LIMIT_BYTES=10):
            assert self.send(files, said["credentials"][0], b"x" * 6).status_code == 200
            assert self.send(files, said["credentials"][1], b"x" * 6).status_code == 413

    @pytest.mark.parametrize("number", [0, -1, 10_001, 2**70, "many"])
    def test_a_file_has_a_sensible_number_of_parts(self, files, root, number):
        status, said = files.ask("post", f"mpu/create/{root}", path="a", num_parts=number)
        assert status == 400 and said["error_code"] == "INVALID_PARAMETER_VALUE"

    def test_anothers_upload_is_not_to_be_finished(self, files, program, olivia, root):
        said = self.begin(files, root)
        other = Files(program(olivia))
        assert self.finish(other, root, said, [])[0] == 404

    def test_a_windows_name_is_its_last_part(self, files, root):
        self.begin(files, root, name="C:\\data\\big.bin")
        assert Upload.objects.get().path == "model/big.bin"


def test_a_link_fetches_one_file_for_an_hour_without_a_token(files, root, client):
    files.put(f"{root}/a.csv", b"0123456789")
    status, said = files.ask("get", f"presigned/{root}/a.csv")
    assert status == 200 and said["file_size"] == 10
    address = said["url"].removeprefix("http://testserver")
    answer = client.get(address, headers={"Range": "bytes=0-3"})
    assert (answer.status_code, b"".join(answer)) == (206, b"0123")
    assert client.put(address, b"x").status_code == 405
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert client.get(address).status_code == 403
    assert files.ask("get", f"presigned/{root}/b.csv")[0] == 404


def test_a_builder_keeps_files_too(dmitri, run, now):
    keeps(dmitri, run, now, **{"a/b": b"1"})
    assert file_at(run, "a/b").blob.size == 1 and file_at(run, "a") is None
