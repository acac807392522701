from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import ApiToken, LogInTry
from apps.accounts.services.people import deactivate
from apps.accounts.services.tokens import issue_token, revoke_token
from apps.audit.models import Entry, Payload
from apps.core.errors import BadInput, Conflict, RuleViolated
from tests.builders.accounts import bearing, code_at, enrol

TOKENS = "/api/v1/tokens/"


def ask(client, email="dmitri@demo.example", password="dmitri", **more):
    return client.post(TOKENS, {"email": email, "password": password, **more}, content_type="application/json")


def test_who_proves_who_they_are_gets_a_key_that_opens_the_api(client, dmitri):
    answer = ask(client, name="laptop", expires_in_days=7)
    assert answer.status_code == 201 and answer["Cache-Control"] == "no-store"
    me = client.get("/api/v1/me/", **bearing(answer.json()["token"]))
    assert me.status_code == 200
    assert me.json()["email"] == "dmitri@demo.example" and me.json()["roles"] == ["data_scientist"]
    assert "inventory.add_model" in me.json()["permissions"]


def test_the_secret_is_nowhere_but_in_the_answer(client, dmitri):
    secret = ask(client).json()["token"]
    row = ApiToken.objects.get()
    assert secret not in (row.digest, row.token_key) and len(row.token_key) < 20
    assert not Payload.objects.filter(body__contains=secret).exists()
    assert not Payload.objects.filter(body__contains=row.digest).exists()
    shown = client.get(TOKENS, **bearing(secret)).json()["results"]
    assert secret not in str(shown) and row.digest not in str(shown)


def test_nobody_gets_in_without_one(client, db):
    answer = client.get("/api/v1/me/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer.json()["status"] == 401


@pytest.mark.parametrize("secret", ["", "qst_guess", "ü", "qst_" + "0" * 64, "two words"])
def test_a_guess_opens_nothing(client, dmitri, secret):
    answer = client.get("/api/v1/me/", headers={"authorization": f"Token {secret}".encode().decode("latin-1")})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


def test_the_beginning_of_a_key_is_not_the_key(client, dmitri, now):
    secret = issue_token(actor=dmitri, now=timezone.now()).secret
    wrong = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    assert client.get("/api/v1/me/", **bearing(wrong)).status_code == 401


def test_an_expired_key_opens_nothing_and_stays_as_a_row(client, dmitri):
    secret = ask(client, expires_in_days=1).json()["token"]
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert client.get("/api/v1/me/", **bearing(secret)).status_code == 401
    assert ApiToken.objects.count() == 1


def test_a_revoked_key_opens_nothing(client, dmitri):
    made = ask(client).json()
    assert client.delete(f"{TOKENS}{made['id']}/", **bearing(made["token"])).status_code == 204
    assert client.get("/api/v1/me/", **bearing(made["token"])).status_code == 401


def test_a_key_is_not_revoked_twice(dmitri, now):
    token = issue_token(actor=dmitri, now=now).token
    revoke_token(actor=dmitri, token=token, now=now)
    with pytest.raises(Conflict, match="out of use already"):
        revoke_token(actor=dmitri, token=token, now=now)


def test_somebody_else_s_key_is_not_there(client, dmitri, oscar):
    other = issue_token(actor=oscar, now=timezone.now()).token
    own = bearing(ask(client).json()["token"])
    assert client.get(f"{TOKENS}{other.pk}/", **own).status_code == 404
    assert client.delete(f"{TOKENS}{other.pk}/", **own).status_code == 404
    assert len(client.get(TOKENS, **own).json()["results"]) == 1


def test_the_key_of_who_has_left_stops(client, dmitri, adam):
    secret = ask(client).json()["token"]
    deactivate(actor=adam, user=dmitri, reason="Left", now=timezone.now())
    assert client.get("/api/v1/me/", **bearing(secret)).status_code == 401
    assert ask(client).status_code == 401


def test_wrong_password_and_unknown_address_get_the_same_answer(client, dmitri):
    wrong, unknown = ask(client, password="wrong"), ask(client, email="nobody@demo.example")
    assert (wrong.status_code, wrong["WWW-Authenticate"]) == (401, "Token")
    assert wrong.json() == unknown.json()


def test_an_address_that_is_unknown_costs_as_many_queries(client, dmitri, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask(client, password="warm up")
    with CaptureQueriesContext(connection) as known:
        ask(client, password="wrong")
    with CaptureQueriesContext(connection) as unknown:
        ask(client, email="nobody@demo.example")
    assert abs(len(known) - len(unknown)) <= 1


def test_a_failure_is_told_without_what_was_typed(client, dmitri):
    ask(client, password="Secret-that-was-typed")
    ask(client, email="secret-address@example.com")
    told = Entry.objects.filter(verb="accounts.sign_in_failed")
    assert set(told.values_list("subject_reference", flat=True)) >= {dmitri.reference}
    assert told.count() == 2
    assert not Payload.objects.filter(body__icontains="secret-").exists()


def test_too_many_tries_for_an_address_are_refused_with_when_to_come_back(client, dmitri):
    for _ in range(10):
        assert ask(client, password="wrong").status_code == 401
    answer = ask(client)
    assert answer.status_code == 429 and 1 <= int(answer["Retry-After"]) <= 901
    assert ask(client, email="olivia@demo.example", password="wrong").status_code == 401
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert ask(client).status_code == 201


def test_too_many_tries_from_one_place_are_refused_whatever_the_address(client, db):
    for number in range(60):
        LogInTry.objects.all()
        ask(client, email=f"nobody{number}@demo.example")
    assert ask(client, email="nobody@demo.example").status_code == 429


def test_success_is_not_counted(client, dmitri):
    for _ in range(12):
        assert ask(client).status_code == 201
    assert not LogInTry.objects.exists()


def test_who_has_one_time_codes_gives_one(client, dmitri):
    secret = enrol(dmitri)
    assert ask(client).status_code == 401
    assert ask(client, otp="000000").status_code == 401
    code = code_at(secret)
    assert ask(client, otp=code).status_code == 201
    assert ask(client, otp=code).status_code == 401  # it was used


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": "x"}, "email"),
        ({"email": "a@b.example", "password": "x", "colour": "red"}, "colour"),
        ({"email": "a@b.example", "password": "x", "expires_in_days": 0}, "expires_in_days"),
        ({"email": "a\0@b.example", "password": "x"}, "email"),
    ],
)
def test_what_can_t_be_read_is_named(client, db, body, field):
    answer = client.post(TOKENS, body, content_type="application/json")
    assert answer.status_code == 422 and field in answer.json()["errors"]


def test_a_key_lives_no_longer_than_the_installation_allows(dmitri, now):
    with pytest.raises(BadInput, match="1 to 366 days"):
        issue_token(actor=dmitri, now=now, expires_in_days=367)


def test_there_is_an_end_to_the_number_of_keys(dmitri, now):
    for _ in range(50):
        issue_token(actor=dmitri, now=now)
    with pytest.raises(RuleViolated, match="50 live tokens"):
        issue_token(actor=dmitri, now=now)


def test_using_a_key_writes_once_a_day(client, dmitri, django_assert_num_queries):
    own = bearing(issue_token(actor=dmitri, now=timezone.now()).secret)
    client.get(TOKENS, **own)
    assert ApiToken.objects.get().last_used_on == timezone.now().date()
    with django_assert_num_queries(2):
        client.get(TOKENS, **own)
