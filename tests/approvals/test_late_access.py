"""Whom an administrator lets in when an approval is under way already does not decide on it."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.accounts.services.access import end_access, grant_access
from apps.accounts.services.people import change_person
from apps.approvals.seats import seated, seats
from apps.approvals.services.delegations import delegate
from apps.core.errors import RuleViolated
from tests.approvals.conftest import an_approval, word

LATE = "Your access to it was given after"


@pytest.fixture
def later(now):
    return now + timedelta(hours=1)


def moved_into(unit, person, adam, now):
    units = [*person.units.all(), unit]
    change_person(actor=adam, user=person, name=person.name, title=person.title, units=units, now=now)
    return User.objects.get(pk=person.pk)


def test_into_its_unit(approval, oscar, rosa, adam, later):
    oscar = moved_into(rosa.units.get(), oscar, adam, later)
    assert not seats(oscar, approval, later) and seated(oscar, [approval], later) == []
    with pytest.raises(RuleViolated, match=LATE):
        word(oscar, approval, later)


def test_or_to_its_model_alone(approval, oscar, adam, later):
    grant_access(actor=adam, user=oscar, root_reference=approval.root_reference, reason="Help out", now=later)
    with pytest.raises(RuleViolated, match=LATE):
        word(User.objects.get(pk=oscar.pk), approval, later)


def test_nor_does_a_deputy_decide_whom_they_let_in(approval, oscar, rosa, adam, later):
    oscar = moved_into(rosa.units.get(), oscar, adam, later)
    delegate(
        actor=rosa, deputy=oscar, role="risk_officer", reason="On leave", ends_at=later + timedelta(days=1), now=later
    )
    assert not seats(oscar, approval, later)


def test_who_had_access_before_decides(olivia, dmitri, oscar, rosa, adam, heard, now, later):
    oscar = moved_into(rosa.units.get(), oscar, adam, now)
    approval = an_approval(olivia, dmitri, later)
    assert word(oscar, approval, later)


def test_so_does_who_had_it_another_way_before(approval, oscar, rosa, adam, later):
    """A grant on the model beside one's own unit takes nothing away."""
    grant_access(actor=adam, user=rosa, root_reference=approval.root_reference, reason="By mistake", now=later)
    rosa = User.objects.get(pk=rosa.pk)
    assert seats(rosa, approval, later)
    end_access(actor=adam, user=rosa, root_reference=approval.root_reference, now=later)
    assert word(User.objects.get(pk=rosa.pk), approval, later)
