"""A download is the whole file from a listed host, or a sentence."""

import base64
import gzip
import hashlib
import logging
import socket
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.core.errors import BadInput
from apps.datasets.models import DatasetVersion
from apps.datasets.sources import downloads
from apps.datasets.sources.allowed import Host, resolve
from apps.datasets.sources.faults import SourceDown, SourceFault
from tests.builders.datasets import LOANS, a_dataset
from tests.builders.hosts import a_server
from tests.builders.sources import a_source, extract


@pytest.fixture
def server(settings):
    with a_server() as server:
        settings.DATA_HOSTS = (server.address,)
        yield server


def taken(actor, now, server, path="/loans.csv", answer=None, **said):
    """What comes of a download that the server answers so: the extraction's record, or the job that tries again."""
    if answer is not None:
        server.answers[path] = answer
    place = {"url": server.address + path, **said.pop("place", {})}
    return extract(actor, a_source(actor, now, "http", place, **said), now)


def test_a_file_becomes_a_version(dmitri, server, now):
    made = taken(dmitri, now, server, answer=lambda request: request.file(LOANS))
    assert (made.outcome, made.rows, made.version.filename) == ("new", 4, "loans.csv")
    assert made.origin == server.address + "/loans.csv"
    again = extract(dmitri, made.source, now)
    assert (again.outcome, again.version) == ("unchanged", made.version)


def test_without_an_announced_length_it_is_taken_to_its_end(dmitri, server, now):
    assert taken(dmitri, now, server, answer=lambda request: request.file(LOANS, length="")).rows == 4


def test_pieces_of_announced_lengths_are_taken(dmitri, server, now):
    def chunked(request):
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for piece in (LOANS[:7], LOANS[7:]):
            request.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        request.wfile.write(b"0\r\n\r\n")

    assert taken(dmitri, now, server, answer=chunked).rows == 4


def test_the_credential_is_sent_and_kept_nowhere(dmitri, server, now, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("QUAESTOR_SOURCE_TOKEN", "Bearer hunter2-secret")
    credentials = {"authorization": "env:QUAESTOR_SOURCE_TOKEN"}
    made = taken(dmitri, now, server, answer=lambda request: request.file(LOANS), credentials=credentials)
    assert server.asked[0][1]["Authorization"] == "Bearer hunter2-secret" and made.rows == 4
    failed = taken(
        dmitri, now, server, "/denied", lambda request: request.file(b"", status=401), credentials=credentials
    )
    assert "the credential is missing, wrong, or not enough" in failed.error
    assert "hunter2" not in caplog.text + str(list(DatasetVersion.objects.values())) + failed.error


PERMANENT = {
    "nothing there": (lambda request: request.file(b"", status=404), "answered 404, not with a file"),
    "elsewhere": (lambda request: request.file(b"", status=302, Location="http://169.254.169.254/"), "not followed"),
    "no rights": (lambda request: request.file(b"", status=403), "the credential is missing"),
    "compressed": (
        lambda request: request.file(gzip.compress(LOANS), Content_Encoding="gzip"),
        "though it was asked not to",
    ),
    "more than announced": (lambda request: request.file(LOANS, length=len(LOANS) - 20), "and sent more"),
    "another checksum": (
        lambda request: request.file(LOANS, Repr_Digest="sha-256=:" + base64.b64encode(bytes(32)).decode() + ":"),
        "came damaged",
    ),
    "a page": (lambda request: request.file(b"<html><b>Log in</b></html>"), "like JSON or a web page"),
}


@pytest.mark.parametrize(("answer", "sentence"), PERMANENT.values(), ids=PERMANENT)
def test_what_can_t_be_right_is_given_up(dmitri, server, now, answer, sentence):
    failed = taken(dmitri, now, server, answer=answer)
    assert failed.outcome == "failed" and sentence in failed.error
    assert not DatasetVersion.objects.exists()


PASSING = {
    "half a file": (
        lambda request: request.file(LOANS[:30], length=len(LOANS)),
        "sent 30 bytes of 68 bytes and broke off",
    ),
    "out of order": (lambda request: request.file(b"", status=503), "answered 503"),
    "no HTTP": (lambda request: request.wfile.write(b"hello\r\n\r\n"), "can't be reached or broke off"),
    "nothing said": (lambda request: request.connection.close(), "can't be reached or broke off"),
}


@pytest.mark.parametrize(("answer", "sentence"), PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_again(dmitri, server, now, answer, sentence):
    job = taken(dmitri, now, server, answer=answer)
    assert job.state == "retrying" and sentence in job.error
    assert not DatasetVersion.objects.exists()


def test_half_a_parquet_file_is_no_table(dmitri, server, now, tmp_path):
    pq.write_table(pa.table({"a": range(10_000), "b": range(10_000)}), tmp_path / "a.parquet")
    half = (tmp_path / "a.parquet").read_bytes()[:-500]
    failed = taken(dmitri, now, server, "/a.parquet", lambda request: request.file(half, length=""))
    assert "a.parquet: This Parquet file is damaged" in failed.error


def test_a_named_checksum_is_held(dmitri, server, now):
    right, wrong = hashlib.sha256(LOANS).hexdigest(), "0" * 64
    answer = lambda request: request.file(LOANS)  # noqa: E731
    assert taken(dmitri, now, server, answer=answer, place={"sha256": right}).rows == 4
    failed = taken(dmitri, now, server, answer=answer, place={"sha256": wrong})
    assert f"not the {wrong} that the source names" in failed.error


def test_what_announces_too_much_is_not_begun(dmitri, server, now, settings):
    settings.UPLOAD_LIMIT_BYTES = 1 << 20
    failed = taken(dmitri, now, server, answer=lambda request: request.file(b"", length=5 << 30))
    assert "announces 5 GB" in failed.error and "larger than 1 MB" in failed.error


def test_what_never_ends_is_stopped_at_the_limit(dmitri, server, now, settings):
    settings.UPLOAD_LIMIT_BYTES, sent = 1 << 20, []

    def endless(request):
        request.file(b"id,x\n", length="")
        while len(sent) < 100_000:
            request.wfile.write(b"1,2\n" * 4096)
            sent.append(1)

    assert "larger than 1 MB" in taken(dmitri, now, server, answer=endless).error
    assert len(sent) < 10_000


def test_who_drips_is_met_by_the_deadline(dmitri, server, now, settings):
    settings.DATA_SECONDS, over = 1, threading.Event()

    def drip(request):
        request.file(b"id,x\n", length="")
        while not over.wait(0.05):
            request.wfile.write(b"1,2\n")

    failed = taken(dmitri, now, server, answer=drip)
    over.set()
    assert "took longer than 1 seconds" in failed.error


def test_who_is_silent_is_tried_again(dmitri, server, now, monkeypatch):
    monkeypatch.setattr(downloads, "SILENT_SECONDS", 0.3)
    over = threading.Event()
    job = taken(dmitri, now, server, answer=lambda request: over.wait(20))
    over.set()
    assert job.state == "retrying" and "was silent for 0.3 seconds" in job.error


def test_who_is_away_is_tried_again(dmitri, settings, now):
    with socket.create_server(("127.0.0.1", 0)) as taken_port:
        port = taken_port.getsockname()[1]
    settings.DATA_HOSTS = (f"http://127.0.0.1:{port}",)
    started = time.monotonic()
    source = a_source(dmitri, now, "http", {"url": f"http://127.0.0.1:{port}/a.csv"})
    job = extract(dmitri, source, now)
    assert job.state == "retrying" and "can't be reached" in job.error and time.monotonic() - started < 10


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/a.csv",
        "http://data.example.com/a.csv",
        "https://data.example.com:8443/a.csv",
        "https://data.example.com.evil.example/a.csv",
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/a.csv",
        "https://user:password@data.example.com/a.csv",
        "https://data.example.com/a.csv?token=hunter2",
        "https://data.example.com/a.csv#part",
        "ftp://data.example.com/a.csv",
        "file:///etc/passwd",
        "https://[::1]/a.csv",
        "https://data.example.com:x/a.csv",
    ],
)
def test_a_host_that_is_not_listed_is_refused_at_once(dmitri, now, settings, url):
    settings.DATA_HOSTS = ("data.example.com",)
    dataset = a_dataset(dmitri, now)
    with pytest.raises(BadInput) as refused:
        a_source(dmitri, now, "http", {"url": url}, dataset)
    assert next(iter(refused.value.errors)).startswith("place") and "hunter2" not in str(refused.value)


def test_a_host_taken_off_the_list_is_not_asked_any_more(dmitri, server, now, settings):
    source = a_source(dmitri, now, "http", {"url": server.address + "/loans.csv"})
    settings.DATA_HOSTS = ()
    assert "is not among the hosts" in extract(dmitri, source, now).error and not server.asked


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:10.0.0.5", "fe80::1"])
def test_a_listed_name_that_leads_inside_is_not_followed(settings, monkeypatch, address):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: found)
    settings.DATA_HOSTS = ("data.example.com",)
    with pytest.raises(SourceFault, match="leads into a private network"):
        resolve("data.example.com", 443)
    if "." in address and ":" not in address:
        settings.DATA_HOSTS = ("data.example.com", f"{address}/32")
        assert resolve("data.example.com", 443) == address


def test_a_name_that_nobody_knows_may_be_known_later(settings):
    with pytest.raises(SourceDown, match="is not known"):
        resolve("nowhere.invalid", 443)


def test_an_entry_stands_for_what_it_says():
    assert Host.read("data.example.com").lets("https", "DATA.example.com", 443)
    assert Host.read("data.example.com").lets("postgresql", "data.example.com", 5432)
    assert not Host.read("data.example.com").lets("http", "data.example.com", 80)
    assert Host.read("http://10.0.0.5:9000").lets("http", "10.0.0.5", 9000)
    assert not Host.read("http://10.0.0.5:9000").lets("https", "10.0.0.5", 9000)
    assert Host.read("https://[2001:db8::1]:8443").lets("https", "2001:db8::1", 8443)
