"""Who owns or develops a model is barred from judging it: so nobody is made so to be rid of a judge."""

import pytest

from apps.core.errors import RuleViolated
from apps.inventory.services.registering import change_model
from tests.builders.inventory import a_model
from tests.builders.versions import approval_of, fresh, in_approval, word
from tests.conftest import also

pytestmark = pytest.mark.usefixtures("policies_in_force")


@pytest.fixture
def version(olivia, dmitri, victor, now):
    return in_approval(olivia, dmitri, victor, now)


def test_a_strict_officer_is_not_made_a_developer_while_they_are_to_decide(version, dmitri, rosa, now):
    with pytest.raises(RuleViolated, match="only they can say"):
        change_model(actor=dmitri, model=version.model, developers=[rosa], now=now)
    assert word(rosa, approval_of(version), now)


@pytest.mark.parametrize("named", ["rosa", "victor"])
def test_nor_an_owner_or_developer_before_there_is_anything_to_decide(named, olivia, dmitri, now, request):
    person, model = request.getfixturevalue(named), a_model(olivia, now)
    with pytest.raises(RuleViolated, match="only they can say"):
        change_model(actor=dmitri, model=model, developers=[person], now=now)
    with pytest.raises(RuleViolated, match="only they can say"):
        change_model(actor=dmitri, model=model, owner=person, now=now)
    with pytest.raises(RuleViolated, match="only they can say"):
        a_model(olivia, now, name="Another", developers=[person])


def test_they_say_it_themselves_but_do_not_step_aside_from_an_approval(version, olivia, rosa, now):
    other = change_model(actor=rosa, model=a_model(olivia, now, name="Another"), developers=[rosa], now=now)
    assert rosa in fresh(other).developers
    with pytest.raises(RuleViolated, match="under way"):
        change_model(actor=rosa, model=version.model, developers=[rosa], now=now)


def test_what_is_known_of_them_may_be_said_again(olivia, dmitri, now):
    model = a_model(olivia, now, developers=[dmitri])
    also(dmitri, "validator"), also(olivia, "risk_officer")
    people = {"owner": fresh(olivia), "developers": [fresh(dmitri)]}
    assert change_model(actor=fresh(dmitri), model=model, name="Waiver", now=now, **people).name == "Waiver"


def test_the_first_line_is_named_by_anybody(version, dmitri, olivia, now):
    assert dmitri in fresh(change_model(actor=olivia, model=version.model, developers=[dmitri], now=now)).developers
