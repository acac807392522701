"""Refusals as the protocol says them: {"error_code", "message"}, with the protocol's own statuses."""

import logging

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse

from apps.core import errors
from apps.tracking.usable import NotApproved

logger = logging.getLogger(__name__)

BAD = "INVALID_PARAMETER_VALUE"
GONE = "RESOURCE_DOES_NOT_EXIST"
STATUSES = {
    BAD: 400,
    "BAD_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    GONE: 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_CONFLICT": 409,
    "RESOURCE_EXHAUSTED": 429,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "INTERNAL_ERROR": 500,
    "TEMPORARILY_UNAVAILABLE": 503,
}
# The house's refusals in the protocol's words; whatever else is refused is a bad parameter.
CODES: dict[type[Exception], str] = {
    NotApproved: "PERMISSION_DENIED",
    errors.Conflict: "RESOURCE_ALREADY_EXISTS",
    errors.Stale: "RESOURCE_CONFLICT",
    errors.NotSignedIn: "UNAUTHENTICATED",
    errors.TooManyTries: "REQUEST_LIMIT_EXCEEDED",
    errors.NoRoom: "RESOURCE_EXHAUSTED",
    errors.Unavailable: "TEMPORARILY_UNAVAILABLE",
    PermissionDenied: "PERMISSION_DENIED",
    ObjectDoesNotExist: GONE,
    Http404: GONE,
}


class Fault(Exception):
    """A refusal that has a code of the protocol's own.

    Args:
        code: one of STATUSES.
        message: what is wrong, as a sentence.
        status: where HTTP has a better one than the protocol's.
    """

    def __init__(self, code: str, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.code, self.status = code, status or STATUSES[code]


def invalid(message: str) -> Fault:
    """A parameter that can't be used."""
    return Fault(BAD, message)


def missing(message: str) -> Fault:
    """What is named is not here, or not for the caller to know of."""
    return Fault(GONE, message)


def told(error: Exception) -> HttpResponse:
    """The answer that `error` is told by. What nobody foresaw is logged, and told without its particulars."""
    fault = error if isinstance(error, Fault) else _as_fault(error)
    answer = JsonResponse({"error_code": fault.code, "message": str(fault)}, status=fault.status)
    if fault.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def _as_fault(error: Exception) -> Fault:
    for kind, code in CODES.items():
        if isinstance(error, kind):
            return Fault(code, str(error) or "There is nothing of this name here.")
    if isinstance(error, errors.Refused):
        return Fault(BAD, str(error), status=413 if error.status == 413 else None)
    if isinstance(error, RequestDataTooBig):
        return Fault(BAD, "The body is larger than this server takes.", status=413)
    return _of_the_machine(error)


def _of_the_machine(error: Exception) -> Fault:
    logger.error("A call of the MLflow protocol failed.", exc_info=error)
    if errors.says_full(error):
        return _as_fault(errors.NoRoom())
    if isinstance(error, IntegrityError):
        return Fault("RESOURCE_CONFLICT", "Somebody wrote something just now that this clashes with. Try once more.")
    if isinstance(error, OperationalError):
        return Fault("TEMPORARILY_UNAVAILABLE", "The database did not answer in time. Try again in a moment.")
    return Fault("INTERNAL_ERROR", "Something failed here, and nothing was changed. It is in the server's log.")
