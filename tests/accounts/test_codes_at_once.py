"""Two log-ins with one recovery code, at the same moment: one of them."""

import threading

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connections

from apps.accounts import codes
from tests.conftest import person

pytestmark = pytest.mark.both


def test_one_of_them_passes(own_database):
    rosa = person("rosa")
    RecoveryCodes.activate(rosa)
    for code in RecoveryCodes(Authenticator.objects.get()).get_unused_codes()[:5]:
        start, passed = threading.Barrier(2), []

        def log_in(code=code, start=start, passed=passed):
            start.wait()
            passed.append(codes.spend_recovery_code(rosa, code))
            connections.close_all()

        both = [threading.Thread(target=log_in) for _ in range(2)]
        [one.start() for one in both]
        [one.join() for one in both]
        assert sorted(passed) == [False, True]
