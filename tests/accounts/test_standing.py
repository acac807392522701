"""Who knocks with a token is known in one read, as they are at that moment."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.accounts.models import ApiToken, Membership, User
from apps.accounts.services.tokens import issue_token, revoke_token
from apps.accounts.standing import who_knocks
from tests.builders.inventory import a_model

pytestmark = pytest.mark.both


@pytest.fixture
def issued(dmitri):
    return issue_token(actor=dmitri, now=timezone.now())


def test_they_hold_what_their_roles_and_units_give(issued, dmitri, django_assert_num_queries):
    who_knocks(issued.secret, timezone.now())  # notes the day's first use
    with django_assert_num_queries(1):
        known = who_knocks(issued.secret, timezone.now())
        held = known.get_all_permissions(), known.unit_ids, known.granted_ids(type(dmitri))
    fresh = User.objects.get(pk=dmitri.pk)
    assert known == fresh and held == (fresh.get_all_permissions(), fresh.unit_ids, frozenset())


def test_what_they_lose_is_lost_at_once(issued, dmitri):
    dmitri.groups.clear()
    Membership.objects.filter(user=dmitri).delete()
    known = who_knocks(issued.secret, timezone.now())
    assert not known.has_perm("tracking.add_run") and known.unit_ids == frozenset()


def test_a_grant_on_one_root_counts(issued, dmitri, olivia, now, policies_in_force):
    model = a_model(olivia, now)
    assign_perm("inventory.view_model", dmitri, model)
    assert who_knocks(issued.secret, timezone.now()).granted_ids(type(model)) == {model.pk}
    Group.objects.get(name="data_scientist").user_set.remove(dmitri)


def test_a_token_that_ended_is_nobody_s(issued, dmitri):
    now = timezone.now()
    assert who_knocks(issued.secret, now + timedelta(days=400)) is None
    revoke_token(actor=dmitri, token=issued.token, now=now)
    assert who_knocks(issued.secret, now) is None


@pytest.mark.parametrize("secret", ["", "qst_", "qst_" + "0" * 64, "é" * 30, "' OR 1=1 --"])
def test_what_is_no_token_is_nobody_s(issued, secret):
    assert who_knocks(secret, timezone.now()) is None


def test_a_closed_account_is_nobody_s(issued, dmitri):
    User.objects.filter(pk=dmitri.pk).update(is_active=False)
    assert who_knocks(issued.secret, timezone.now()) is None


def test_its_use_is_noted_by_the_day(issued):
    who_knocks(issued.secret, timezone.now())
    assert ApiToken.objects.get(pk=issued.token.pk).last_used_on == timezone.now().date()
