"""Whatever is sent that the schema allows: no failure of ours, and only answers that the schema tells of."""

import json

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings

from tests.builders.accounts import a_token, bearing
from tests.builders.addresses import filled, operations, schema

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
        send(case, path, method, said)

    return probe


@pytest.mark.parametrize("who", ["dmitri", "rosa"])
def test_nothing_that_is_sent_makes_it_fail(who, world, request, now):
    key = bearing(a_token(request.getfixturevalue(who), now).secret)["headers"]
    client, api, faults = Client(raise_request_exception=False), schemathesis.openapi.from_dict(schema()), set()

    def send(case, path, method, said):
        address = filled(path) if "{" in path else path
        if address is None:
            return
        body = case.body if isinstance(case.body, dict | list | str | int | float | bool) else {}
        form = case.media_type or "application/json"
        if form == "multipart/form-data":
            return
        content = body if isinstance(body, str) and "json" not in form else json.dumps(body, default=str)
        headers = {**key, "If-Match": '"1"'}
        answer = client.generic(
            method.upper(), address, content, form, query_params=dict(case.query or {}), headers=headers
        )
        if str(answer.status_code) not in said["responses"]:
            faults.add((method, path, answer.status_code))
        elif answer.status_code >= 400 and not answer["Content-Type"].startswith("application/problem+json"):
            faults.add((method, path, answer["Content-Type"]))

    for path, method, said in operations():
        operation = api[path][method.upper()]

        BOUNDED(probing(send, operation, path, method, said))()
    assert not faults
