"""What makes one-time and recovery codes lies encrypted in the database, and survives a change of key."""

from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from apps.accounts import codes, sealing
from tests.builders.accounts import code_at

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NEWER = bytes(range(32))
migration = import_module("apps.accounts.migrations.0005_codes_sealed")


@pytest.fixture
def enrolled(rosa):
    TOTP.activate(rosa, SECRET)
    RecoveryCodes.activate(rosa)
    return rosa


def stored(person):
    return {row.type: row.data for row in Authenticator.objects.filter(user=person)}


def test_the_database_holds_no_secret(enrolled):
    held = stored(enrolled)
    assert SECRET not in str(held) and sealing.opened(held["totp"]["secret"]) == SECRET
    assert len(sealing.opened(held["recovery_codes"]["seed"])) == 80
    assert held["recovery_codes"]["used_mask"] == 0


def test_the_same_secret_is_never_stored_the_same_way_twice():
    assert sealing.sealed(SECRET) != sealing.sealed(SECRET)


def test_codes_count_as_before(enrolled, now):
    (code, *_) = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    assert codes.spend_code(enrolled, code_at(SECRET, now), now)
    assert codes.spend_recovery_code(enrolled, code) and not codes.spend_recovery_code(enrolled, code)


def test_a_newer_key_reads_what_the_older_wrote_until_that_is_left_out(enrolled, settings, now):
    (older,) = settings.CODES_KEYS
    settings.CODES_KEYS = (NEWER, older)
    assert codes.spend_code(enrolled, code_at(SECRET, now), now)
    call_command("reseal_codes")
    settings.CODES_KEYS = (NEWER,)
    assert sealing.opened(stored(enrolled)["totp"]["secret"]) == SECRET
    assert RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()


def test_under_another_key_nothing_opens_and_it_is_said_why(enrolled, settings, now):
    settings.CODES_KEYS = (NEWER,)
    with pytest.raises(ImproperlyConfigured, match="QUAESTOR_CODES_KEY"):
        codes.spend_code(enrolled, "123456", now)


def test_what_was_planted_in_the_clear_is_refused(rosa, now):
    Authenticator.objects.create(user=rosa, type="totp", data={"secret": SECRET})
    with pytest.raises(ImproperlyConfigured):
        codes.spend_code(rosa, code_at(SECRET, now), now)


def test_the_migration_encrypts_what_was_there_and_takes_it_back(rosa):
    plain = {
        "totp": {"secret": SECRET},
        "recovery_codes": {"migrated_codes": ["11111111", "22222222"], "used_mask": 1},
    }
    for sort, data in plain.items():
        Authenticator.objects.create(user=rosa, type=sort, data=data)
    migration.change_all(sealing.sealed)(apps, None)
    held = stored(rosa)
    assert SECRET not in str(held) and "11111111" not in str(held)
    assert [sealing.opened(code) for code in held["recovery_codes"]["migrated_codes"]] == ["11111111", "22222222"]
    migration.change_all(sealing.opened)(apps, None)
    assert stored(rosa) == plain
