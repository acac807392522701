"""Whatever is sent that the schema allows: no failure of ours, and only answers that the schema tells of."""

import json

from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings

from tests.builders.accounts import a_token, bearing
from tests.builders.addresses import filled, operations, schema

PEOPLE = ("dmitri", "rosa")
EXAMPLES = 4
BOUNDED = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def probing(send, operation, path, method, said):
    @given(case=operation.as_strategy())
    def probe(case):
        for who in PEOPLE:
            send(who, case, path, method, said)

    return probe


def test_nothing_that_is_sent_makes_it_fail(world, request, now):
    """Each case is sent by everybody: to think one up takes longer than to answer it."""
    import schemathesis

    keys = {who: bearing(a_token(request.getfixturevalue(who), now).secret)["headers"] for who in PEOPLE}
    client, api, faults = Client(raise_request_exception=False), schemathesis.openapi.from_dict(schema()), set()

    def send(who, case, path, method, said):
        address = filled(path) if "{" in path else path
        if address is None:
            return
        body = case.body if isinstance(case.body, dict | list | str | int | float | bool) else {}
        form = case.media_type or "application/json"
        if form == "multipart/form-data":
            return
        content = body if isinstance(body, str) and "json" not in form else json.dumps(body, default=str)
        headers = {**keys[who], "If-Match": '"1"'}
        answer = client.generic(
            method.upper(), address, content, form, query_params=dict(case.query or {}), headers=headers
        )
        if str(answer.status_code) not in said["responses"]:
            faults.add((who, method, path, answer.status_code))
        elif answer.status_code >= 400 and not answer["Content-Type"].startswith("application/problem+json"):
            faults.add((who, method, path, answer["Content-Type"]))

    for path, method, said in operations():
        operation = api[path][method.upper()]

        BOUNDED(probing(send, operation, path, method, said))()
    assert not faults
