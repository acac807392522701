"""An Idempotency-Key: the effect, the key and the answer commit together, so a retry is never a second effect."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from apps.core.canonical import digest
from apps.core.errors import BadInput, Conflict
from apps.core.models import IdempotencyKey

SECRETS = {"password", "otp"}
SHOWN_ONCE = {"secret", "token", "link"}
KEPT_HEADERS = ("Location", "ETag", "Retry-After")


def answer_once(
    request: Request, produce: Callable[[], Response], *, first: Callable[[], Any] | None = None
) -> Response:
    """Give the stored answer for the request's Idempotency-Key, or produce it and store it with its effect.

    What is shown once (a key to the API, a one-time link) is never stored: a repeated request gets the answer without
    it. Who lost it ends it, and asks for another one.

    Args:
        first: what has to be committed whatever comes of the request (a try at a password); called outside of the
            transaction, and not at all where the answer is known.

    Raises:
        Conflict: another request with the same key is still in flight.
        BadInput: the key was used with another body.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        if first is not None:
            first()
        return produce()
    if len(key) > 200 or not key.isprintable():
        raise BadInput("An Idempotency-Key is at most 200 printable characters.")
    body, actor = body_digest(request), request.user.reference  # type: ignore[union-attr]
    if first is not None and not IdempotencyKey.objects.filter(actor=actor, key=key).exists():
        first()
    with transaction.atomic():
        _hold(f"{actor} {key}")
        stored = IdempotencyKey.objects.filter(actor=actor, key=key).first()
        if stored is not None:
            if stored.body_digest != body:
                raise BadInput("This Idempotency-Key was used with another body. Use a new key for a new request.")
            return Response(json.loads(stored.answer), status=stored.status, headers=stored.headers)
        response = produce()
        headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
        answer = json.dumps(_without_secrets(response.data), cls=JSONEncoder)
        kept = {"status": response.status_code, "answer": answer, "headers": headers}
        IdempotencyKey.objects.create(actor=actor, key=key, body_digest=body, **kept)
        return response


def body_digest(request: Request) -> str:
    """What makes two requests the same: method, path and body; files by their sha256, secrets left out."""
    fields = {name: _told(value) for name, value in _items(request.data) if name not in SECRETS}
    return digest({"method": request.method, "path": request.path, "body": fields})


def _without_secrets(answer: Any) -> Any:
    if not isinstance(answer, dict):
        return answer
    return {name: value for name, value in answer.items() if name not in SHOWN_ONCE}


def _items(data: Any) -> list[tuple[str, Any]]:
    if hasattr(data, "lists"):
        return [(name, values if len(values) > 1 else values[0]) for name, values in data.lists()]
    return list(data.items()) if isinstance(data, dict) else [("", data)]


def _told(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value if not isinstance(value, float) else repr(value)
    if known := getattr(value, "sha256", ""):
        return known  # it was hashed on its way in
    sha = hashlib.sha256()
    for chunk in value.chunks():
        sha.update(chunk)
    value.seek(0)
    return sha.hexdigest()


def _hold(name: str) -> None:
    """Keep other requests of this name out until the transaction ends; SQLite's one writer does so by itself."""
    if connection.vendor != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise Conflict("A request with this Idempotency-Key is still in flight. Try again in a moment.")
