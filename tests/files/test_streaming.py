"""A body that is a file and nothing else: taken as it comes, whole or not at all."""

import io

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from apps.core.errors import BadInput, LengthRequired, TooLarge
from apps.files.parts import forget_parts, joined, keep_part
from apps.files.receiving import receive, waiting_room
from apps.files.storage import blob_storage
from apps.files.streaming import receive_body


def request(body, **environ):
    made = RequestFactory().generic("PUT", "/", b"")
    return WSGIRequest({**made.environ, "wsgi.input": body, **environ})


def left_behind():
    return list(waiting_room().iterdir())


class GoesAway(io.RawIOBase):
    """A client that sends a little and is gone."""

    def __init__(self, then):
        self.pieces = [b"some", then]

    def readable(self):
        return True

    def read(self, size=-1):
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, Exception):
            raise piece
        return piece


def test_a_body_of_announced_length_is_taken_to_its_end():
    received = receive_body(request(io.BytesIO(b"abcdef, and the next request"), CONTENT_LENGTH="6"), limit_bytes=6)
    assert received.path.read_bytes() == b"abcdef"


def test_chunks_are_taken_where_the_server_knows_their_end():
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    assert receive_body(request(io.BytesIO(b"abc"), **chunked), limit_bytes=9).size == 3
    assert receive_body(request(io.BytesIO(b""), **chunked), limit_bytes=9).size == 0
    with pytest.raises(TooLarge):
        receive_body(request(io.BytesIO(b"0123456789"), **chunked), limit_bytes=9)


def test_chunks_without_an_end_are_not_waited_for():
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    with pytest.raises(LengthRequired):
        receive_body(request(io.BytesIO(b"abc"), **chunked), limit_bytes=9)


def test_the_other_kind_of_server_has_taken_it_in_already():
    scope = {"type": "http", "method": "PUT", "path": "/", "headers": [(b"transfer-encoding", b"chunked")]}
    assert receive_body(ASGIRequest(scope, io.BytesIO(b"abc")), limit_bytes=9).size == 3


@pytest.mark.parametrize("then", [b"", ConnectionResetError(), ValueError("no chunk")])
def test_what_breaks_off_leaves_nothing(then):
    before = left_behind()
    with pytest.raises(BadInput, match="broke off"):
        receive_body(request(GoesAway(then), CONTENT_LENGTH="4000"), limit_bytes=9000)
    assert left_behind() == before


def test_what_is_announced_as_too_large_is_not_read():
    body = GoesAway(b"")
    with pytest.raises(TooLarge):
        receive_body(request(body, CONTENT_LENGTH="4000"), limit_bytes=3999)
    assert body.pieces[0] == b"some"


def test_parts_are_joined_in_order_and_then_gone():
    first, second, again = (receive([text], limit_bytes=9) for text in (b"one ", b"two", b"2"))
    digests = [first.digest, second.digest, again.digest]
    for number, part in ((2, second), (2, again), (1, first)):
        keep_part("u", number, part)
    chosen = [(1, digests[0]), (2, digests[1])]
    assert joined("u", chosen, limit_bytes=99).path.read_bytes() == b"one two"
    with pytest.raises(TooLarge):
        joined("u", chosen, limit_bytes=6)
    forget_parts("u", [*chosen, (2, digests[2])])
    assert not blob_storage().exists("parts/u")
