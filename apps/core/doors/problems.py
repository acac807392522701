"""Refusals on their way out: RFC 9457 problem details for programs, a page that says what to do for people."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.core.doors.wording import in_our_words, refusal
from apps.core.errors import Conflict, NoRoom, Refused, says_full

logger = logging.getLogger(__name__)

DEADLOCK = "40P01"  # PostgreSQL's code; it ended this transaction, so that the other one could go on
CLASHED = "Somebody wrote something just now that this clashes with. Look at it again, then try once more."
TITLES = {
    400: "Not understood",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    406: "Not available in that form",
    409: "Conflict",
    410: "No longer here",
    411: "Length required",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not readable in that form",
    422: "Not acceptable as it is",
    423: "Closed for a while",
    428: "Revision required",
    429: "Too many requests",
    503: "Not available at the moment",
    507: "No room",
}


def problem(
    status: int,
    code: str,
    detail: str,
    errors: dict[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return Response(body, status=status, headers=headers, content_type="application/problem+json")


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: what a service refuses, and what DRF refuses itself, in one shape."""
    error = _as_refusal(error)
    if isinstance(error, Refused):
        return problem(error.status, error.code, named(str(error), error.errors), error.errors, error.headers)
    if isinstance(error, PermissionDenied):
        sentence = str(error) or "Your roles do not allow this here."
        return problem(403, "permission_denied", sentence)
    if isinstance(error, RequestDataTooBig):
        megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_048_576
        return problem(413, "too_large", f"A body without files may have {megabytes} MB at most.")
    answer = exception_handler(error, context)
    if answer is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        errors = flat(error.detail)
        first = next((sentences[0] for sentences in errors.values()), "Something in it can't be used.")
        return problem(422, "invalid", named(first, errors), errors)
    code = "not_found" if answer.status_code == 404 else str(getattr(error, "default_code", "refused"))
    told = problem(answer.status_code, code, refusal(error, context))
    for name, value in answer.items():
        if name.lower() in {"www-authenticate", "retry-after", "allow"}:
            told[name] = value
    return told


def named(sentence: str, errors: Mapping[str, Sequence[str]]) -> str:
    """A sentence about one field, with that field before it: who reads only `detail` has to know where to look."""
    field = next((name for name, sentences in errors.items() if sentence in sentences), "body")
    return sentence if field == "body" else f"{field}: {sentence}"


def _as_refusal(error: Exception) -> Exception:
    """What the machine refuses, as a refusal: a full disk; the last of two at once, by a constraint or a deadlock.

    It is logged: a service that knows the rule says it in better words.
    """
    if isinstance(error, OSError | OperationalError) and says_full(error):
        logger.error("The disk is full.", exc_info=error)
        return NoRoom()
    if not isinstance(error, IntegrityError) and getattr(error.__cause__, "sqlstate", None) != DEADLOCK:
        return error
    logger.error("The database refused a change.", exc_info=error)
    return Conflict(CLASHED)


def flat(detail: Any, at: str = "") -> dict[str, list[str]]:
    """DRF's nested errors with one name a field: {"metadata.protected[0].bins": [sentence]}."""
    if isinstance(detail, dict):
        parts = [flat(inner, _below(at, name)) for name, inner in detail.items()]
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        parts = [flat(inner, f"{at}[{place}]") for place, inner in enumerate(detail) if inner]
    else:
        sentences = detail if isinstance(detail, list) else [detail]
        return {at or "body": [in_our_words(str(sentence)) for sentence in sentences]}
    return {name: sentences for part in parts for name, sentences in part.items()}


def _below(at: str, name: Any) -> str:
    if name == "non_field_errors":
        return at or "body"
    if isinstance(name, int):
        return f"{at}[{name}]"
    return f"{at}.{name}" if at else str(name)


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """A refusal of which no view has heard yet: a problem document below /api/, a page elsewhere."""
    if not request.path_info.startswith("/api/"):
        return _page(request, error)
    told = problem(error.status, error.code, str(error)).data
    return JsonResponse(told, status=error.status, headers=error.headers, content_type="application/problem+json")


def _page(request: HttpRequest, error: Refused) -> HttpResponse:
    context = {"status": error.status, "sentence": str(error)}
    answer = render(request, "errors/error.html", context, status=error.status)
    for name, value in error.headers.items():
        answer[name] = value
    return answer


class RefusalMiddleware:
    """The same for pages that are not forms (a form shows the refusal beside what was typed)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code != 405 or answer.content or request.path_info.startswith("/api/"):
            return answer
        page = render(request, "errors/error.html", {"status": 405}, status=405)
        page["Allow"] = answer["Allow"]
        return page

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        error = _as_refusal(error)
        if not isinstance(error, Refused):
            return None
        return _page(request, error)
