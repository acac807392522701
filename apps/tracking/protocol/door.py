"""How a call comes in and its answer goes out: who asks, what they ask, and every refusal in the protocol's words."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from pydantic_core import to_json

from apps.accounts.authentication import REFUSED
from apps.accounts.models import User
from apps.accounts.standing import who_knocks
from apps.core.doors.api import require
from apps.core.events import Event
from apps.tracking.protocol.reading import Body
from apps.tracking.protocol.refusals import Fault, told

SCHEMES = ("bearer", "token")
Call = Callable[..., HttpResponseBase]


def call(body: type[Body], event: Event | None = None) -> Callable[[Callable[..., Any]], Call]:
    """Make a call of `work(user, asked)`, which returns what is told as JSON (or an answer of its own).

    Args:
        body: reads what is asked.
        event: what the call causes; who may not is told so before the body is read.
    """

    def decorate(work: Callable[..., Any]) -> Call:
        @wraps(work)
        def answer(request: HttpRequest, user: User, **named: Any) -> HttpResponseBase:
            if event is not None:
                require(user, event)
            return say(work(user, body.of(request, named)))

        return answer

    return decorate


def route(**calls: Call) -> Any:
    """The view that answers each method by its call: `route(get=look, post=make)`.

    A call takes the request, the user, and what the address names; it may be one of `call`'s, or read for itself what
    is no JSON.
    """

    @csrf_exempt
    def view(request: HttpRequest, **named: Any) -> HttpResponseBase:
        try:
            request.user = user = caller(request)
            found = calls.get((request.method or "").lower())
            if found is None:
                return _not_so(calls)
            return found(request, user, **named)
        except Exception as error:  # whatever it is, the client reads its code
            return told(error)

    return view


def caller(request: HttpRequest) -> User:
    """Whose token the request carries. A browser that is logged in may read, so that a link can be looked at.

    Raises:
        Fault: UNAUTHENTICATED.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in SCHEMES and (user := who_knocks(secret.strip(), timezone.now())):
        return user
    if not scheme and request.method == "GET" and request.user.is_authenticated:
        return request.user  # type: ignore[return-value]
    raise Fault("UNAUTHENTICATED", REFUSED if scheme else "Set MLFLOW_TRACKING_TOKEN to an API token of yours.")


def say(answer: Any) -> HttpResponseBase:
    """`answer` as JSON, unless it is an answer already. NaN is "NaN", as the protocol has it."""
    if isinstance(answer, HttpResponseBase):
        return answer
    return HttpResponse(to_json(answer or {}, inf_nan_mode="strings"), content_type="application/json")


def _not_so(calls: dict[str, Call]) -> HttpResponse:
    allowed = ", ".join(sorted(method.upper() for method in calls))
    answer = told(Fault("ENDPOINT_NOT_FOUND", f"This address answers {allowed}.", status=405))
    answer["Allow"] = allowed
    return answer
