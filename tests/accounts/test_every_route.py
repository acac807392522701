"""Every route there is, as a stranger and as the auditor would try it.

A new route passes by asking for what it needs before it reads a body: `require(request.user, events.…)`, or the
viewset's `carry_out`. A page that only shows something passes by showing a POST the same. A route that everybody may
use is an exception, and gets a line with its reason in apps/accounts/routes.py.
"""

import re
from functools import cache

import pytest
from django.apps import apps
from django.urls import URLPattern, get_resolver
from django.utils.text import slugify

from apps.accounts.routes import OPEN, OWN

UNSAFE = ("post", "put", "patch", "delete")
DENIED = {401, 403, 404, 405}
IN_A_SENTENCE = {("approvals/{reference}/", 422)}  # the panel says why one can't decide: a role, or a part in it
HOW = "Ask for the event's permission before the body is read, or give the route a line in apps/accounts/routes.py."
PARAMETER = re.compile(r"\(\?P<(\w+)>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|<(?:\w+:)?(\w+)>")


@cache
def routes() -> dict[str, URLPattern]:
    """Every route: its address with {parameters} in it, and its pattern."""
    found = {}

    def walk(resolver, before):
        for pattern in resolver.url_patterns:
            here = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                found[tidy(here)] = pattern
            else:
                walk(pattern, here)

    walk(get_resolver(), "")
    return found


def tidy(pattern: str) -> str:
    text = PARAMETER.sub(lambda match: "{" + (match[1] or match[2]) + "}", pattern)
    return text.replace("^", "").replace("$", "").replace("\\", "").replace("/?", "/").replace(r"\Z", "")


@cache
def tables() -> dict[str, type]:
    """Models by the word that addresses use for them: findings, role-grants, dataset-versions."""
    named = {}
    for model in apps.get_models():
        if model.__module__.startswith("apps."):
            for plural in (f"{model._meta.verbose_name}s", str(model._meta.verbose_name_plural)):
                named.setdefault(slugify(plural), model)
    for word, label in (
        ("people", "accounts.User"),
        ("profile", "accounts.ApiToken"),
        ("versions", "inventory.ModelVersion"),
    ):
        named[word] = apps.get_model(label)
    return named


def addressed(route: str) -> str:
    """The route as an address of something that exists, where the test's world has one of its kind."""
    pattern = routes()[route]
    viewset = getattr(pattern.callback, "cls", None)
    model = getattr(getattr(viewset, "queryset", None), "model", None)
    words = [word for word in route.split("/") if word and not word.startswith(("{", "api", "v1"))]
    for word in [] if model else words:
        model = model or tables().get(word)
    row = model._base_manager.order_by("pk").first() if model else None

    def fill(match):
        name = match[1]
        if name in ("pk", "number", "seq", "job_id", "notification_id"):
            return str(row.pk) if row is not None else "1"
        choices = re.search(rf"\(\?P<{name}>([a-z|-]+)\)", str(pattern.pattern))
        if choices:
            return choices[1].split("|")[0]
        return str(getattr(row, "reference", "NONE-0001"))

    return "/" + re.sub(r"\{(\w+)\}", fill, route)


@pytest.fixture
def world(policies_in_force, adam, ada, olivia, dmitri, victor, rosa, now):
    """Something of each kind that addresses name and that can be made in a line."""
    from apps.accounts.services.resets import request_reset
    from apps.accounts.services.roles import request_role
    from apps.accounts.services.tokens import issue_token
    from tests.builders import findings, policies, versions

    version = versions.in_approval(olivia, dmitri, victor, now)
    findings.open_one(olivia, now, subject=version.model)
    policies.draft(rosa, now)
    request_role(actor=adam, user=dmitri, role="ml_engineer", reason="Needed", now=now)
    request_reset(actor=adam, user=dmitri, what="password", reason="Forgotten", now=now)
    issue_token(actor=dmitri, now=now)


@pytest.fixture
def try_it(client):
    """try_it(method, route) -> the answer."""
    client.raise_request_exception = False

    def send(method, route):
        sort = "application/json" if route.startswith("api/") else "application/x-www-form-urlencoded"
        body = {} if method == "get" else {"data": {} if route.startswith("api/") else "", "content_type": sort}
        return getattr(client, method)(addressed(route), **body)

    return send


def methods(route: str) -> tuple[str, ...]:
    """What is tried: a page looks at most at whether it is a POST."""
    return ("get", *UNSAFE) if route.startswith("api/") else ("get", "post")


def shown(answer) -> str:
    """What a page shows, without the tokens and moments that differ each time."""
    sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return re.sub(r"\w{64}|\b[0-9a-f]{32}\b|\d\d:\d\d", "", sent.decode(errors="replace"))


def rows_kept() -> dict[str, int]:
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if model.__module__.startswith("apps.")
    }


def test_there_are_routes():
    assert len(routes()) > 50 and {*OPEN, *OWN} <= set(routes()), {*OPEN, *OWN} - set(routes())


def test_a_stranger_is_sent_to_the_log_in_or_refused(db, try_it):
    let_in = []
    for route in sorted(set(routes()) - set(OPEN)):
        for method in methods(route):
            answer = try_it(method, route)
            leads_to = answer.headers.get("Location", "")
            asked = route == "api/v1/tokens/" and method == "post" and answer.status_code == 422
            if not (answer.status_code in DENIED or leads_to.startswith(("/login/", "/profile/")) or asked):
                let_in.append((method, route, answer.status_code))
    assert not let_in, "\n".join([HOW, *map(str, let_in)])


def test_the_auditor_reads_everything_and_changes_nothing(world, client, aisha, try_it):
    client.force_login(aisha)
    read = {route: try_it("get", route) for route in sorted(set(routes()) - set(OPEN))}
    broken = {route: answer for route, answer in read.items() if answer.status_code >= 500}
    assert not broken
    before, let_in = rows_kept(), []
    for route in sorted(set(read) - set(OWN)):
        for method in methods(route)[1:]:
            answer = try_it(method, route)
            same = answer.status_code == read[route].status_code and shown(answer) == shown(read[route])
            if answer.status_code not in DENIED and not same and (route, answer.status_code) not in IN_A_SENTENCE:
                let_in.append((method, route, answer.status_code))
    assert not let_in, "\n".join([HOW, *map(str, let_in)])
    assert rows_kept() == before
    unseen = {route for route, answer in read.items() if answer.status_code in (401, 404) and "{" not in route}
    unseen -= {"api/", "versions/compare/"}  # what isn't there, and a page that asks which two
    not_yet = {route for route in unseen if read[route].has_header("Retry-After") or route.startswith("2fa/")}
    assert unseen == not_yet
