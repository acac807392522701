"""A part of a file, as a client that fetches in parts asks for it."""

import pytest
from django.test import RequestFactory

from apps.files.ranges import Part, Unsatisfiable, part_of
from apps.files.sending import send_as_asked
from apps.files.services import store_bytes


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", Part(0, 0)),
        ("bytes=2-4", Part(2, 4)),
        ("bytes=7-", Part(7, 9)),
        ("bytes=-3", Part(7, 9)),
        ("bytes=-30", Part(0, 9)),
        ("bytes=3-999", Part(3, 9)),
        ("", None),
        ("bytes=-", None),
        ("bytes=4-2", None),
        ("bytes=0-1,3-4", None),
        ("lines=1-2", None),
        ("bytes=²-³", None),
    ],
)
def test_what_is_asked_for_of_ten_bytes(asked, part):
    assert part_of(asked, 10) == part


@pytest.mark.parametrize(
    ("asked", "size"), [("bytes=10-", 10), ("bytes=99-100", 10), ("bytes=0-0", 0), ("bytes=-0", 5)]
)
def test_nothing_lies_behind_the_end(asked, size):
    with pytest.raises(Unsatisfiable):
        part_of(asked, size)


@pytest.fixture
def asked(db):
    blob = store_bytes(b"0123456789")
    return lambda **headers: send_as_asked(RequestFactory().get("/", headers=headers), blob, "digits.txt")


def test_a_part_says_which_it_is_and_of_how_many_bytes(asked):
    answer = asked(Range="bytes=2-5")
    assert (answer.status_code, b"".join(answer)) == (206, b"2345")
    assert answer["Content-Range"] == "bytes 2-5/10" and answer["Content-Length"] == "4"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_part_of_another_state_of_the_file_is_the_whole(asked):
    assert asked(Range="bytes=2-5", **{"If-Range": '"other"'}).status_code == 200
    whole = asked()
    assert b"".join(whole) == b"0123456789" and whole["Accept-Ranges"] == "bytes"


def test_behind_the_end_is_416(asked):
    answer = asked(Range="bytes=10-")
    assert answer.status_code == 416 and answer["Content-Range"] == "bytes */10"
