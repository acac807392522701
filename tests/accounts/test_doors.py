"""Logging in and out in a browser, with a password and a second factor."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from apps.accounts import codes
from apps.accounts.links import token_in
from apps.accounts.models import User
from apps.accounts.services.people import invite
from apps.accounts.sessions import listed
from apps.audit.models import Entry
from tests.builders.accounts import code_at, enrol

PASSWORD = "a long enough one"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E Safari/604.1"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def log_in(client, name="dmitri", password=None, **more):
    said = {"login": f"{name}@demo.example", "password": password or name}
    return client.post("/login/", said, **more)


def confirm(client, password="dmitri"):
    return client.post("/reauthenticate/", {"password": password})


def verbs():
    return list(Entry.objects.filter(verb__startswith="accounts.").order_by("pk").values_list("verb", flat=True))


def is_in(client):
    return client.get("/profile/").status_code == 200


def test_a_password_opens_the_door_and_both_ways_are_told(client, dmitri):
    assert log_in(client).status_code == 302 and is_in(client)
    client.post("/logout/")
    assert not is_in(client)
    assert verbs() == ["accounts.signed_in", "accounts.signed_out"]


def test_a_wrong_password_and_an_unknown_address_look_the_same(client, dmitri):
    wrong, unknown = log_in(client, password="wrong"), log_in(client, name="nobody")
    shown = [re.sub(r"\w{64}|nobody|dmitri", "", page.content.decode()) for page in (wrong, unknown)]
    assert shown[0] == shown[1] and wrong.status_code == unknown.status_code
    assert verbs() == ["accounts.sign_in_failed"] * 2


def test_guessing_at_the_door_uses_up_the_tries_of_the_api_too(client, dmitri):
    for _ in range(10):
        log_in(client, password="wrong")
    assert "Too many tries" in log_in(client).content.decode()
    asked = {"email": "dmitri@demo.example", "password": "dmitri"}
    assert client.post("/api/v1/tokens/", asked, content_type="application/json").status_code == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert log_in(client).status_code == 302


def test_a_closed_account_gets_the_same_answer_as_a_wrong_password(client, dmitri):
    User.objects.filter(pk=dmitri.pk).update(is_active=False)
    assert log_in(client).status_code == 200 and not is_in(client)
    assert verbs() == ["accounts.sign_in_failed"]


def test_a_session_that_was_planted_is_not_the_one_that_is_logged_in(client, dmitri):
    client.get("/login/")
    client.session["planted"] = True
    session = client.session
    session["planted"] = "by the attacker"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    log_in(client)
    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_a_form_from_elsewhere_is_refused(dmitri):
    strict = Client(enforce_csrf_checks=True)
    assert log_in(strict).status_code == 403
    strict.force_login(dmitri)
    for address in ("/profile/tokens/", "/profile/sessions/end/", "/logout/"):
        assert strict.post(address).status_code == 403


def test_a_session_alone_does_not_post_to_the_api_from_elsewhere(dmitri, adam):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(adam)
    answer = strict.post("/api/v1/units/", {"name": "Theirs"}, content_type="application/json")
    assert answer.status_code == 403


def test_where_to_go_after_log_in_stays_in_the_house(client, dmitri):
    answer = client.post("/login/?next=https://evil.example/", {"login": "dmitri@demo.example", "password": "dmitri"})
    assert answer["Location"] == "/"


class TestOneTimeCodes:
    def test_they_are_asked_for_after_the_password(self, client, dmitri):
        secret = enrol(dmitri)
        assert log_in(client)["Location"].startswith("/2fa/authenticate/") and not is_in(client)
        assert client.post("/2fa/authenticate/", {"code": "000000"}).status_code == 200 and not is_in(client)
        client.post("/2fa/authenticate/", {"code": code_at(secret)})
        assert is_in(client)
        assert verbs() == ["accounts.sign_in_failed", "accounts.signed_in"]

    def test_one_that_was_seen_is_no_use(self, client, dmitri):
        code = code_at(enrol(dmitri))
        log_in(client)
        client.post("/2fa/authenticate/", {"code": code})
        other = Client()
        log_in(other)
        other.post("/2fa/authenticate/", {"code": code})
        assert is_in(client) and not is_in(other)

    def test_guessing_them_ends_soon(self, client, dmitri):
        secret = enrol(dmitri)
        log_in(client)
        for number in range(10):
            client.post("/2fa/authenticate/", {"code": f"{number:06}"})
        page = client.post("/2fa/authenticate/", {"code": code_at(secret)})
        assert "Too many tries" in page.content.decode() and not is_in(client)

    def test_a_recovery_code_opens_once_and_is_told(self, client, dmitri):
        enrol(dmitri)
        code = RecoveryCodes.activate(dmitri).get_unused_codes()[0]
        log_in(client)
        client.post("/2fa/authenticate/", {"code": code})
        assert is_in(client) and "accounts.recovery_code_used" in verbs()
        other = Client()
        log_in(other)
        other.post("/2fa/authenticate/", {"code": code})
        assert not is_in(other)

    def test_a_person_begins_and_ends_using_them(self, client, dmitri):
        log_in(client), confirm(client)
        page = client.get("/2fa/totp/activate/")
        secret = page.context["form"].secret
        assert client.post("/2fa/totp/activate/", {"code": "000000"}).status_code == 200
        client.post("/2fa/totp/activate/", {"code": code_at(secret)})
        assert codes.are_enrolled(dmitri)
        assert len(client.get("/2fa/recovery-codes/").context["unused_codes"]) == 10
        assert client.post("/2fa/totp/deactivate/", {"code": "000000"}).status_code == 200
        assert codes.are_enrolled(dmitri)  # a password and a session are not enough to weaken an account
        client.post("/2fa/totp/deactivate/", {"code": code_at(secret)})
        assert not codes.are_enrolled(dmitri) and not Authenticator.objects.exists()
        assert [verb for verb in verbs() if "codes_e" in verb] == ["accounts.codes_enrolled", "accounts.codes_ended"]

    def test_a_session_alone_does_not_begin_using_them(self, client, dmitri):
        log_in(client)
        assert client.get("/2fa/totp/activate/")["Location"].startswith("/reauthenticate/")
        confirm(client, password="wrong")
        assert client.get("/2fa/totp/activate/").status_code == 302
        confirm(client)
        assert client.get("/2fa/totp/activate/").status_code == 200
        with time_machine.travel(timezone.now() + timedelta(minutes=6)):
            assert client.get("/2fa/totp/activate/").status_code == 302

    def test_new_recovery_codes_replace_the_old(self, client, dmitri):
        secret = enrol(dmitri)
        old = RecoveryCodes.activate(dmitri).get_unused_codes()
        log_in(client)
        client.post("/2fa/authenticate/", {"code": code_at(secret)})
        confirm(client)
        client.post("/2fa/recovery-codes/generate/")
        page = client.get("/2fa/recovery-codes/")
        assert set(old).isdisjoint(page.context["unused_codes"])
        assert "accounts.recovery_codes_made" in verbs()
        assert old[0] not in client.get("/2fa/recovery-codes/download/").content.decode()


class TestPasswords:
    def test_another_password_ends_every_other_session(self, client, dmitri):
        other = Client()
        log_in(client), log_in(other)
        said = {"oldpassword": "dmitri", "password1": PASSWORD, "password2": PASSWORD}
        client.post("/password/change/", said)
        assert is_in(client) and not is_in(other)
        assert "accounts.password_changed" in verbs()

    def test_a_person_logs_out_everywhere_else(self, client, dmitri):
        other = Client()
        log_in(client), log_in(other)
        client.post("/profile/sessions/end/")
        assert is_in(client) and not is_in(other)

    def test_a_person_sees_where_they_are_logged_in_and_ends_one(self, client, dmitri):
        phone, other = Client(headers={"user-agent": PHONE}), Client(headers={"user-agent": DESK})
        log_in(client), log_in(phone), log_in(other)
        page = client.get("/profile/").content.decode()
        assert "Safari on iPhone" in page and "Firefox on Windows" in page and page.count("this one") == 1
        lost = UserSession.objects.get(session_key=phone.session.session_key)
        assert client.post(f"/profile/sessions/{lost.pk}/end/").url == "/profile/"
        assert is_in(client) and is_in(other) and not is_in(phone)
        assert "Safari on iPhone" not in client.get("/profile/").content.decode()
        assert verbs()[-1] == "accounts.session_ended"

    def test_nobody_ends_another_s_session_and_not_the_one_they_are_in(self, client, dmitri, rosa):
        other = Client()
        log_in(client), other.force_login(rosa)
        mine = UserSession.objects.get(user=dmitri)
        for browser in (client, other):
            assert browser.post(f"/profile/sessions/{mine.pk}/end/").status_code == 404
        assert is_in(client)

    def test_all_others_leave_the_list_and_this_one_stays_on_it(self, client, dmitri):
        other = Client()
        log_in(client), log_in(other)
        client.post("/profile/sessions/end/")
        (session,) = listed(User.objects.get(pk=dmitri.pk), client.session.session_key)
        assert session.is_this

    def test_use_is_noted_every_few_minutes_at_most(self, client, dmitri):
        log_in(client)
        begun = UserSession.objects.get().last_seen_at
        client.get("/profile/")
        assert UserSession.objects.get().last_seen_at == begun
        with time_machine.travel(begun + timedelta(minutes=6), tick=False):
            client.get("/profile/")
            assert UserSession.objects.get().last_seen_at == timezone.now()

    def test_where_the_address_is_not_known_one_logs_in_all_the_same(self, dmitri):
        nowhere = Client(REMOTE_ADDR="")
        assert log_in(nowhere).status_code == 302 and is_in(nowhere)

    @pytest.mark.parametrize("weak", ["short", "1234567890123", "dmitri@demo.example"])
    def test_a_weak_one_is_refused(self, client, dmitri, weak):
        log_in(client)
        client.post("/password/change/", {"oldpassword": "dmitri", "password1": weak, "password2": weak})
        assert User.objects.get(pk=dmitri.pk).check_password("dmitri")

    def test_there_is_no_way_to_reset_one_alone(self, client, db):
        for address in ("/password/reset/", "/signup/", "/accounts/signup/"):
            assert client.get(address).status_code == 404


class TestOneTimeLinks:
    @pytest.fixture
    def nora(self, adam, now):
        return invite(actor=adam, email="nora@demo.example", name="Nora Lund", now=now)

    def choose(self, client, link, password=PASSWORD):
        page = client.get(link, follow=True)
        return client.post(page.redirect_chain[-1][0], {"password": password, "again": password})

    def path(self, link):
        return link[link.index("/welcome/") :]

    def test_who_was_invited_chooses_a_password_and_logs_in(self, client, nora):
        assert self.choose(client, self.path(nora[1]))["Location"] == "/login/"
        log_in(client, name="nora", password=PASSWORD)
        assert is_in(client)

    def test_the_token_does_not_stay_in_the_address(self, client, nora):
        page = client.get(self.path(nora[1]), follow=True)
        assert token_in(nora[1]) not in page.redirect_chain[-1][0] and token_in(nora[1]) not in page.content.decode()

    def test_it_opens_nothing_twice(self, client, nora):
        self.choose(client, self.path(nora[1]))
        page = client.get(self.path(nora[1]), follow=True)
        assert page.status_code == 404 and "used already" in page.content.decode()

    def test_a_weak_password_is_refused_and_the_link_stays_good(self, client, nora):
        assert self.choose(client, self.path(nora[1]), password="short").status_code == 422
        assert self.choose(client, self.path(nora[1])).status_code == 302

    def test_a_guess_opens_nothing(self, client, nora, dmitri):
        for reference in (nora[0].reference, dmitri.reference, "USR-99999"):
            assert client.get(f"/welcome/{reference}/c0ffee-0123456789/", follow=True).status_code == 404
