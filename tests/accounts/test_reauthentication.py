from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import close_old_connections, connection, transaction

from apps.accounts.codes import spend_code
from apps.accounts.models import SigningAttempt
from apps.accounts.reauthentication import reauthenticate
from apps.audit.models import Entry
from apps.core.errors import Locked, RuleViolated
from tests.builders.accounts import code_at, enrol
from tests.conftest import person


def refused(field, **said):
    with pytest.raises(RuleViolated) as refusal:
        reauthenticate(**said)
    assert field in refusal.value.errors


def test_the_password_proves_who_one_is(rosa, now):
    proof = reauthenticate(user=rosa, password="rosa", now=now)
    assert proof.methods == ("password",)
    proof.require(rosa, now + timedelta(seconds=60))


def test_a_proof_grows_old_and_is_nobody_else_s(rosa, ruth, now):
    proof = reauthenticate(user=rosa, password="rosa", now=now)
    for who, when in ((rosa, now + timedelta(seconds=61)), (ruth, now)):
        with pytest.raises(RuleViolated, match="Confirm who you are"):
            proof.require(who, when)


def test_who_has_one_time_codes_gives_both(rosa, now):
    secret = enrol(rosa)
    refused("otp", user=rosa, password="rosa", now=now)
    refused("otp", user=rosa, password="rosa", otp="123", now=now)
    refused("password", user=rosa, password="wrong", otp=code_at(secret, now), now=now)
    proof = reauthenticate(user=rosa, password="rosa", otp=code_at(secret, now), now=now)
    assert proof.methods == ("password", "totp")


def test_a_code_signs_once(rosa, now):
    code = code_at(enrol(rosa), now)
    reauthenticate(user=rosa, password="rosa", otp=code, now=now)
    refused("otp", user=rosa, password="rosa", otp=code, now=now)


def test_a_wrong_password_does_not_use_a_code_up(rosa, now):
    code = code_at(enrol(rosa), now)
    refused("password", user=rosa, password="wrong", otp=code, now=now)
    reauthenticate(user=rosa, password="rosa", otp=code, now=now)


@pytest.mark.parametrize(("late", "holds"), [(-30, True), (0, True), (59, True), (60, False), (-31, False)])
def test_clocks_may_differ_by_half_a_minute(rosa, now, late, holds):
    code = code_at(enrol(rosa), now)
    assert spend_code(rosa, code, now + timedelta(seconds=late)) is holds


def test_codes_are_those_of_the_standard(rosa):
    """RFC 6238, appendix B, in its last six digits."""
    TOTP.activate(rosa, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        assert spend_code(rosa, code, datetime.fromtimestamp(seconds, UTC))


def test_recovery_codes_don_t_sign(rosa, now):
    enrol(rosa)
    code = RecoveryCodes.activate(rosa).get_unused_codes()[0]
    refused("otp", user=rosa, password="rosa", otp=code, now=now)


def test_five_wrong_tries_lock_signing_for_a_quarter_of_an_hour_and_tell(rosa, now):
    for _ in range(5):
        refused("password", user=rosa, password="wrong", now=now)
    with pytest.raises(Locked, match="15 minutes"):
        reauthenticate(user=rosa, password="rosa", now=now)
    assert Entry.objects.filter(verb="accounts.signing_locked", subject_reference=rosa.reference).count() == 1
    assert reauthenticate(user=rosa, password="rosa", now=now + timedelta(minutes=15, seconds=1))


def test_wrong_codes_lock_it_too(rosa, now):
    enrol(rosa)
    for _ in range(5):
        refused("otp", user=rosa, password="rosa", otp="000000", now=now)
    with pytest.raises(Locked):
        reauthenticate(user=rosa, password="rosa", now=now)


def test_a_right_try_begins_the_count_anew(rosa, now):
    for password in ["wrong"] * 4 + ["rosa"] + ["wrong"] * 4:
        with suppress(RuleViolated):
            reauthenticate(user=rosa, password=password, now=now)
    assert reauthenticate(user=rosa, password="rosa", now=now)


def test_a_person_who_has_left_can_t_sign(rosa, now):
    rosa.is_active = False
    refused("password", user=rosa, password="rosa", now=now)


def test_it_refuses_to_stand_in_a_transaction_that_could_take_the_attempt_back(own_database, now):
    rosa = person("rosa")
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        reauthenticate(user=rosa, password="wrong", now=now)


@pytest.mark.both
def test_no_more_than_five_of_many_racing_tries_are_answered(own_database, now):
    rosa = person("rosa")

    def guess(number):
        try:
            reauthenticate(user=rosa, password=f"guess {number}", now=now)
        except (Locked, RuleViolated) as refusal:
            return type(refusal)
        finally:
            connection.close()
            close_old_connections()

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(12)))
    assert answers.count(RuleViolated) == 5 and answers.count(Locked) == 7
    assert SigningAttempt.objects.filter(user=rosa).count() == 5
    assert Entry.objects.filter(verb="accounts.signing_locked").count() == 1
