"""The API's answers outside of its own views: an address that there isn't, and what Django refuses or trips over."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.urls import Resolver404, resolve
from django.views import defaults
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.doors.problems import problem


class SameRequestElsewhere(HttpResponseRedirectBase):
    """308: ask again there, with the same method and body. A 301 would turn a POST into a GET that does nothing."""

    status_code = 308


class UnknownAddress(APIView):
    """Whatever is asked of an address under /api/ that there isn't; one that lacks its last slash is sent on."""

    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.path_info.endswith("/") and _is_there(request.path_info + "/"):
            return SameRequestElsewhere(request.get_full_path(force_append_slash=True))
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


def _is_there(path: str) -> bool:
    try:
        return getattr(resolve(path).func, "cls", None) is not UnknownAddress
    except Resolver404:
        return False


def _also_as_problem(status: int, code: str, sentence: str) -> Callable[[Any], Any]:
    """Django's own page for people, and a problem document below /api/."""

    def decorate(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(page)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.path_info.startswith("/api/"):
                return page(request, *args, **kwargs)
            told = problem(status, code, sentence).data
            return JsonResponse(told, status=status, content_type="application/problem+json")

        return answer

    return decorate


bad_request = _also_as_problem(400, "bad_request", "The request can't be read.")(defaults.bad_request)
permission_denied = _also_as_problem(403, "permission_denied", "This is not allowed here.")(
    defaults.permission_denied
)
not_found = _also_as_problem(404, "not_found", "There is nothing at this address.")(defaults.page_not_found)
server_error = _also_as_problem(
    500, "server_error", "Something failed here, and nothing was changed. It is in the log; tell an administrator."
)(defaults.server_error)
