"""An upload is received to disk while it comes, and refused at the limit."""

import hashlib
import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from apps.accounts.models import User
from apps.core.errors import NoRoom, TooLarge
from apps.files.receiving import waiting_room
from apps.files.uploading import raise_refusal
from tests.builders.files import Endless, announce, part_of_file

FIVE_GB = 5 << 30


@pytest.fixture(autouse=True)
def home(tmp_path):
    with override_settings(HOME=tmp_path, UPLOAD_LIMIT_BYTES=1 << 20):
        yield tmp_path


class Known(RequestFactory):
    """Makes requests of somebody who is signed in."""

    def request(self, **said):
        made = super().request(**said)
        made.user = User(name="Dmitri")
        return made


class Door(Known):
    """Stands where a view would: parses the body, then asks whether it was refused."""

    def generic(self, *args, **kwargs):
        self.seen = super().generic(*args, **kwargs)
        return HttpResponse(str(len(self.seen.FILES)))


def waiting():
    return [path for path in waiting_room().iterdir() if path.is_file()]


def test_an_upload_is_on_disk_and_hashed_when_the_view_sees_it():
    request = Known().post("/", {"file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n")})
    upload = request.FILES["file"]
    raise_refusal(request)
    assert upload.received.digest == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert upload.read() == upload.received.path.read_bytes() == b"a,b\n1,2\n"
    upload.close()
    assert waiting() == []


def test_five_gigabytes_announced_are_refused_before_they_come():
    door, body = Door(), Endless(part_of_file())
    announce(door, "/", announced_bytes=FIVE_GB, body=body)
    with pytest.raises(TooLarge, match="larger than 1 MB"):
        raise_refusal(door.seen)
    assert body.given < 2 << 20 and waiting() == []


@override_settings(UPLOAD_LIMIT_BYTES=1 << 19)
def test_a_body_that_says_less_than_it_sends_is_cut_at_the_limit():
    door, body = Door(), Endless(part_of_file())
    announce(door, "/", announced_bytes=(1 << 20) + 1000, body=body)
    with pytest.raises(TooLarge):
        raise_refusal(door.seen)
    assert body.given < 2 << 20 and waiting() == []


def test_what_the_disk_has_no_room_for_is_refused_and_removed_at_once(monkeypatch):
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - the upload handler closes it
    monkeypatch.setattr(os, "fdopen", lambda descriptor, mode: full)
    request = Known().post("/", {"file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n" * 1000)})
    assert not request.FILES
    with pytest.raises(NoRoom, match="The disk is full"):
        raise_refusal(request)
    assert not waiting()


def test_a_stranger_s_file_is_not_received(db):
    """The log-in page gives everybody the cookie and the token that the CSRF check asks for."""
    strict = Client(enforce_csrf_checks=True)
    strict.get("/login/")
    body = Endless(part_of_file())
    answer = announce(
        strict,
        "/datasets/DS-0001/upload/",
        announced_bytes=1 << 20,
        body=body,
        HTTP_X_CSRFTOKEN=strict.cookies["csrftoken"].value,
    )
    assert answer.status_code in (302, 401, 403)
    assert body.given < 1 << 19 and waiting() == []
