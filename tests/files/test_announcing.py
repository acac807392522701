"""What is announced as too long, or of no length, is answered at once, whoever sends it and however little comes."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client, override_settings

from apps.files.announcing import by_announcement
from tests.builders.files import Endless, announce, part_of_file

FIVE_GB = 5 << 30
FORM = "multipart/form-data; boundary=x"
PARQUET = "application/vnd.apache.parquet"
DOORS = [
    ("/api/v1/tokens/", "application/json"),
    ("/api/v1/models/", "application/json"),
    ("/api/v1/policies/", "text/yaml"),
    ("/api/v1/datasets/DS-0001/versions/", FORM),
    ("/api/v1/models/MDL-0001/versions/", FORM),
    ("/api/v1/models/MDL-0001/predictions/", PARQUET),
    ("/login/", "application/x-www-form-urlencoded"),
    ("/datasets/DS-0001/upload/", FORM),
    ("/nothing/", "application/octet-stream"),
]


@pytest.mark.parametrize("csrf", [False, True])
@pytest.mark.parametrize(("address", "kind"), DOORS)
def test_five_gigabytes_are_refused_with_not_a_byte_read(db, address, kind, csrf):
    body = Endless(part_of_file())
    answer = Client(enforce_csrf_checks=csrf).generic(
        "POST", address, b"", CONTENT_TYPE=kind, CONTENT_LENGTH=str(FIVE_GB), **{"wsgi.input": body}
    )
    assert (answer.status_code, body.given) == (413, 0)
    assert answer["Content-Type"].startswith("application/problem+json" if "/api/" in address else "text/html")
    assert "at most" in answer.text or "the most that is taken here" in answer.text


def test_text_is_bound_more_narrowly_than_files(client, db):
    eleven = {"CONTENT_LENGTH": str(11 << 20), "wsgi.input": Endless(b"{")}
    answer = client.generic("POST", "/api/v1/tokens/", b"", CONTENT_TYPE="application/json", **eleven)
    assert answer.status_code == 413 and "10 MB" in answer.json()["detail"]
    answer = client.generic("POST", "/api/v1/tokens/", b"", CONTENT_TYPE=PARQUET, **eleven)
    assert answer.status_code == 415


@override_settings(UPLOAD_LIMIT_BYTES=1 << 20)
def test_a_file_of_the_largest_size_has_room_for_its_envelope(client, db):
    assert announce(client, "/api/v1/nothing/", announced_bytes=2 << 20).status_code != 413
    assert announce(client, "/api/v1/nothing/", announced_bytes=(2 << 20) + 1).status_code == 413


@pytest.mark.parametrize("address", ["/api/v1/models/", "/login/"])
def test_a_body_of_no_announced_length_is_411_at_both_doors(client, db, address):
    answer = client.post(address, headers={"Transfer-Encoding": "chunked"}, CONTENT_LENGTH="")
    assert answer.status_code == 411 and "send Content-Length" in answer.text


class TestUnderAsgi:
    """Where the framework takes the whole body in before anything of ours is asked."""

    def answer_to(self, **headers):
        said, reached = [], []

        async def application(scope, receive, send):
            reached.append(scope)

        async def never():
            await asyncio.sleep(60)

        async def send(message):
            said.append(message)

        named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
        asked = by_announcement(application)({"type": "http", "headers": named}, never, send)
        # in a thread of its own: where a browser's test ran before, this one has a loop already
        with ThreadPoolExecutor(1) as apart:
            apart.submit(asyncio.run, asyncio.wait_for(asked, 5)).result()
        return said, reached

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"content_length": str(FIVE_GB), "content_type": FORM}, 413),
            ({"content_length": str(FIVE_GB), "content_type": "application/json"}, 413),
            ({"transfer_encoding": "chunked"}, 411),
        ],
    )
    def test_it_is_answered_without_waiting_for_the_body(self, headers, status):
        (start, body), reached = self.answer_to(**headers)
        assert start["status"] == json.loads(body["body"])["status"] == status and not reached

    def test_what_is_short_enough_goes_on(self):
        said, reached = self.answer_to(content_length="579", content_type=FORM)
        assert reached and not said
