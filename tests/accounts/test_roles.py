"""A role takes two administrators, neither of them the person concerned."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.accounts.roles import EXCLUDES, MAY, ROLES, excluded_by
from apps.accounts.selectors import since_when
from apps.accounts.services.roles import decline_role, grant_role, request_role, revoke_role
from apps.audit.models import Entry
from apps.core.errors import BadInput, Conflict, IllegalTransition, RuleViolated
from tests.builders.accounts import granted


def ask(actor, user, role, now):
    return request_role(actor=actor, user=user, role=role, reason="Joins the second line", now=now)


def roles_of(user):
    return User.objects.get(pk=user.pk).roles


def test_one_asks_another_grants_and_only_then_it_counts(adam, ada, dmitri, now):
    asked = ask(adam, dmitri, "ml_engineer", now)
    assert roles_of(dmitri) == ["data_scientist"]
    later = now + timedelta(minutes=5)
    grant_role(actor=ada, grant=asked, now=later)
    assert roles_of(dmitri) == ["data_scientist", "ml_engineer"]
    assert since_when([dmitri])[dmitri]["ml_engineer"] == later
    assert "data_scientist" not in since_when([dmitri])[dmitri]
    told = list(Entry.objects.order_by("pk").values_list("verb", "actor"))
    assert told == [("accounts.role_requested", adam.reference), ("accounts.role_granted", ada.reference)]


def test_who_asked_can_t_grant(adam, dmitri, now):
    with pytest.raises(RuleViolated, match="requested by"):
        grant_role(actor=adam, grant=ask(adam, dmitri, "ml_engineer", now), now=now)


def test_nobody_asks_for_themselves(adam, now):
    with pytest.raises(RuleViolated, match="of their own"):
        ask(adam, adam, "validator", now)


def test_nobody_grants_themselves(adam, ada, now):
    asked = ask(adam, ada, "platform_engineer", now)
    with pytest.raises(RuleViolated, match="You are its user"):
        grant_role(actor=ada, grant=asked, now=now)


def test_the_database_would_not_let_them_either(adam, dmitri, now):
    ask(adam, dmitri, "ml_engineer", now)
    for column in ("requested_by_id = user_id", "confirmed_by_id = requested_by_id", "confirmed_by_id = user_id"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE accounts_rolegrant SET {column}")


@pytest.mark.parametrize("who", ["rosa", "olivia", "aisha", "dmitri"])
def test_others_can_t_ask(who, request, oscar, now):
    with pytest.raises(PermissionDenied):
        ask(request.getfixturevalue(who), oscar, "ml_engineer", now)


@pytest.mark.parametrize("role", ["validator", "risk_officer", "model_owner", "auditor"])
def test_who_keeps_people_doesn_t_decide(adam, ada, role, now):
    with pytest.raises(RuleViolated, match="kept apart"):
        ask(adam, ada, role, now)


def test_who_audits_does_nothing_else(adam, aisha, now):
    with pytest.raises(RuleViolated, match="kept apart"):
        ask(adam, aisha, "data_scientist", now)


def test_two_that_exclude_each_other_can_t_be_asked_for_side_by_side(adam, dmitri, now):
    dmitri.groups.clear()
    ask(adam, dmitri, "administrator", now)
    with pytest.raises(RuleViolated, match="kept apart"):
        ask(adam, dmitri, "risk_officer", now)


def test_the_table_keeps_who_administers_from_deciding():
    decisive = {"approvals.decide_approval", "policies.publish_policyversion", "inventory.set_tier"}
    assert not {right for right in decisive if "administrator" in MAY[right]}
    assert excluded_by("administrator", ["risk_officer"]) == "risk_officer"
    assert excluded_by("risk_officer", ["administrator"]) == "administrator"
    assert {role for group in EXCLUDES.values() for role in group} <= set(ROLES)


@pytest.mark.parametrize("role", ["machine", "system", "king"])
def test_some_roles_are_not_for_people(adam, dmitri, role, now):
    with pytest.raises(BadInput, match="no such role"):
        ask(adam, dmitri, role, now)


def test_a_role_is_not_asked_for_twice(adam, ada, dmitri, now):
    ask(adam, dmitri, "ml_engineer", now)
    with pytest.raises(Conflict, match="already"):
        ask(ada, dmitri, "ml_engineer", now)


def test_one_administrator_takes_a_role_away_at_once(adam, ada, dmitri, now):
    grant = granted(adam, ada, dmitri, "ml_engineer", now)
    revoke_role(actor=adam, grant=grant, reason="Moved on", now=now)
    assert roles_of(dmitri) == ["data_scientist"]
    assert "ml_engineer" not in since_when([dmitri])[dmitri]
    with pytest.raises(IllegalTransition):
        revoke_role(actor=adam, grant=grant, reason="Again", now=now)


def test_a_role_granted_again_counts_anew(adam, ada, dmitri, now):
    revoke_role(actor=ada, grant=granted(adam, ada, dmitri, "ml_engineer", now), reason="Leave", now=now)
    later = now + timedelta(days=30)
    granted(adam, ada, dmitri, "ml_engineer", later)
    assert since_when([dmitri])[dmitri]["ml_engineer"] == later


def test_what_was_declined_can_t_be_granted(adam, ada, dmitri, now):
    asked = decline_role(actor=adam, grant=ask(adam, dmitri, "ml_engineer", now), now=now)
    with pytest.raises(IllegalTransition):
        grant_role(actor=ada, grant=asked, now=now)


def test_two_administrators_have_to_stay(adam, ada, dmitri, now):
    dmitri.groups.clear()
    grant = granted(adam, ada, dmitri, "administrator", now)
    ada.is_active = False
    ada.save()
    with pytest.raises(RuleViolated, match="Two administrators have to stay"):
        revoke_role(actor=adam, grant=grant, reason="Alone is nicer", now=now)
    assert "administrator" in roles_of(dmitri)
