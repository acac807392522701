"""What protects a person's browser holds at every address: no form from elsewhere, no frame, no foreign code."""

import pytest
from django.test import Client

from tests.builders.accounts import a_token, bearing
from tests.builders.addresses import every_address

# No session is looked at there: credentials are in the body, or nothing changes whoever asks.
WITHOUT_SESSION = {
    "/api/v1/tokens/",
    "/api/v1/tokens/1/",
    "/api/schema/",
    "/api/docs/",
    "/health/live",
    "/health/ready",
}
TOKENS_ONLY = ("/api/2.0/", "/api/3.0/")  # the door for MLflow's client
CHANGING = ("post", "put", "patch", "delete")


def test_addresses_are_walked_completely():
    walked = every_address()
    assert len(walked) > 150
    assert {"/models/", "/api/v1/models/", "/login/", "/audit/"} <= set(walked)


def test_no_address_takes_a_form_from_elsewhere(adam):
    """403; or 415 where only a file is taken, and the body is looked at for the form's secret in vain."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(adam)
    taken = [
        (method, address, answer.status_code)
        for address in every_address()
        for method in CHANGING
        if address not in WITHOUT_SESSION
        and not address.startswith(TOKENS_ONLY)
        and (answer := getattr(browser, method)(address, {}, "application/json")).status_code not in (403, 415)
    ]
    assert not taken


def test_where_clients_come_with_tokens_a_session_counts_for_nothing(adam):
    browser = Client(raise_request_exception=False)
    browser.force_login(adam)
    addresses = [address for address in every_address() if address.startswith(TOKENS_ONLY)]
    answers = {
        (method, address): getattr(browser, method)(address, {}, "application/json").status_code
        for address in addresses
        for method in CHANGING
    }
    assert addresses and not {asked: code for asked, code in answers.items() if code not in (401, 403, 404, 405)}


def test_a_token_needs_no_form(adam, dmitri, now):
    program = Client(enforce_csrf_checks=True)
    answer = program.post(
        "/api/v1/datasets/", {"name": "Loans"}, "application/json", **bearing(a_token(dmitri, now).secret)
    )
    assert answer.status_code == 201


def test_a_bad_token_is_not_made_good_by_a_session(dmitri):
    browser = Client()
    browser.force_login(dmitri)
    assert browser.get("/api/v1/me/", **bearing("qst_rubbish")).status_code == 401


@pytest.mark.parametrize("who", ["adam", None])
def test_every_answer_carries_what_a_browser_has_to_know(request, db, who):
    browser = Client(raise_request_exception=False)
    if who:
        browser.force_login(request.getfixturevalue(who))
    failed = []
    for address in every_address():
        answer = browser.get(address)
        policy = answer.get("Content-Security-Policy", "")
        holds = (
            answer.status_code < 500 or address == "/health/ready",
            "default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy,
            answer.get("X-Content-Type-Options") == "nosniff",
            answer.get("Referrer-Policy") == "same-origin",
            answer.get("X-Frame-Options") == "DENY",
        )
        if not all(holds):
            failed.append((address, answer.status_code, holds))
    assert not failed


@pytest.mark.parametrize("host", ["evil.example", "risk.example.com.evil.example", "risk.example.com:80@evil"])
@pytest.mark.parametrize("path", ["/login/", "/api/v1/models/"])
def test_another_name_than_ours_is_refused(client, db, settings, host, path):
    settings.ALLOWED_HOSTS = ["risk.example.com"]
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400 and host not in answer.content.decode()
    if path.startswith("/api/"):
        assert answer["Content-Type"] == "application/problem+json"


def test_a_forwarded_name_is_not_believed(client, dmitri, now, settings):
    settings.ALLOWED_HOSTS = ["risk.example.com"]
    client.force_login(dmitri)
    for number in range(2):
        client.post(
            "/api/v1/datasets/", {"name": f"Loans {number}"}, "application/json", headers={"Host": "risk.example.com"}
        )
    listed = client.get(
        "/api/v1/datasets/?limit=1", headers={"Host": "risk.example.com", "X-Forwarded-Host": "evil.example"}
    )
    assert listed.json()["next"].startswith("http://risk.example.com/api/v1/datasets/")
