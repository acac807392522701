"""Bodies that are refused by what is announced of them, before a byte of them is read or waited for."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from apps.core.doors.problems import problem, refused
from apps.core.errors import LengthRequired, Refused, TooLarge
from apps.files.wording import too_large

ENVELOPE_BYTES = 1 << 20  # boundaries and form fields around the file in an announced length
ENCODING = b"transfer-encoding"
CARRIES_FILES = "multipart/form-data", "application/vnd.apache.parquet"
_streamed: set[str] = set()


def streamed(prefix: str) -> None:
    """Leave bodies sent to addresses that begin so to their door, which reads them as they come (`files.streaming`).

    Called once, in AppConfig.ready().
    """
    _streamed.add(prefix)


def refusal_of(path: str, length: str, content_type: str, transfer_encoding: str) -> Refused | None:
    """Why a body so announced is not taken: it has no length, or one beyond the limit of its kind."""
    if path.startswith(tuple(_streamed)):
        return None
    if transfer_encoding and not length:
        return LengthRequired()  # it would be read as empty, and blamed for that
    announced = int(length) if length.isdecimal() else 0
    if content_type.partition(";")[0].strip().lower() in CARRIES_FILES:
        limit = settings.UPLOAD_LIMIT_BYTES
        return TooLarge(too_large(limit)) if announced > limit + ENVELOPE_BYTES else None
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    megabytes = limit // 1_048_576
    return TooLarge(f"A body without files may have {megabytes} MB at most.") if announced > limit else None


class AnnouncedMiddleware:
    """Answers before anything reads the body: a form's is parsed to look for its CSRF token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = (request.META.get(name, "") for name in ("CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING"))
        refusal = refusal_of(request.path_info, *said)
        return self.get_response(request) if refusal is None else refused(request, refusal)


Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def by_announcement(application: Callable[[Scope, Receive, Send], Awaitable[None]]) -> Any:
    """An ASGI application that refuses so too: Django's takes the whole body in before any middleware is asked."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: text.decode("latin-1") for name, text in scope.get("headers", ())}
        said = (headers.get(name, "") for name in (b"content-length", b"content-type", ENCODING))
        refusal = refusal_of(scope.get("path", ""), *said)
        if scope["type"] != "http" or refusal is None:
            await application(scope, receive, send)
            return
        body = json.dumps(problem(refusal.status, refusal.code, str(refusal)).data).encode()
        named = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": refusal.status, "headers": named})
        await send({"type": "http.response.body", "body": body})

    return answer
