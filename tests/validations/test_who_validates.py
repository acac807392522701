"""Nobody is made a validator for what is under way already, and nothing waits for a validator who can't conclude."""

from datetime import timedelta

import pytest

from apps.accounts.services.people import deactivate
from apps.core.errors import Conflict, RuleViolated
from apps.dossiers.services import return_version, submit
from apps.validations.models import Validation
from apps.validations.panels import validation_panel
from apps.validations.services import answer_questions, ask_revalidation, conclude, open_validation
from tests.builders.accounts import given_back, granted
from tests.builders.versions import approved, evaluated, fresh, proof, validated
from tests.conftest import PEOPLE, person

pytestmark = pytest.mark.usefixtures("policies_in_force")
LATE_BY_RESET = "Your account was reset after .* was submitted, so somebody else has to validate it"


@pytest.fixture
def later(now):
    return now + timedelta(hours=1)


@pytest.fixture
def version(evaluated_version):
    return evaluated_version


@pytest.fixture
def vera(db, monkeypatch):
    """The second validator."""
    monkeypatch.setitem(PEOPLE, "vera", ("Vera Blom", ["validator"]))
    return person("vera")


def taken(validator, version, at):
    return open_validation(actor=validator, version=version, scope="Everything", now=at)


def concluded(validator, validation, at):
    return conclude(
        actor=validator,
        validation=validation,
        conclusion="fit",
        summary="As its evidence says.",
        reauthentication=proof(validator, at),
        now=at,
    )


def test_who_became_a_validator_after_the_submission_takes_nothing_on(version, rosa, adam, ada, later):
    granted(adam, ada, rosa, "validator", later)
    rosa = fresh(rosa)
    with pytest.raises(RuleViolated, match=r"Your role was granted after MDL-0001@1\.0\.0 was submitted"):
        taken(rosa, version, later)
    assert validation_panel(version, rosa)["may_take"] is False
    assert not version.validations.exists()


def test_who_became_one_before_the_latest_submission_does(version, dmitri, victor, rosa, adam, ada, later):
    granted(adam, ada, rosa, "validator", later)
    return_version(actor=victor, version=version, reason="Say more about the young", now=later)
    submit(actor=dmitri, version=fresh(version), now=later + timedelta(hours=1))
    version = evaluated(fresh(version), later + timedelta(hours=1))
    assert validated(version, fresh(rosa), later + timedelta(hours=2)).status == "in_approval"


def test_whose_account_was_reset_meanwhile_concludes_nothing(version, victor, adam, ada, now, later):
    validation = taken(victor, version, now)
    victor = given_back(adam, ada, victor, later)
    with pytest.raises(RuleViolated, match=LATE_BY_RESET):
        concluded(victor, validation, later)
    with pytest.raises(RuleViolated, match=LATE_BY_RESET):
        answer_questions(actor=victor, validation=validation, answers={}, now=later)
    assert fresh(validation).status == Validation.Status.OPEN


def test_their_page_says_why(client, version, victor, adam, ada, now, later):
    validation = taken(victor, version, now)
    client.force_login(given_back(adam, ada, victor, later))
    page = client.get(validation.get_absolute_url()).content.decode()
    assert "Another validator has to take it on." in page and "Your account was reset after" in page
    assert "Sign and conclude" not in page


class TestAnotherTakesOver:
    def test_from_whose_account_was_reset_and_begins_anew(self, version, victor, vera, adam, ada, now, later):
        validation = taken(victor, version, now)
        given_back(adam, ada, victor, later)
        assert validation_panel(version, vera)["may_take"] is True
        validation = taken(vera, version, later)
        assert (validation.validator, validation.answers) == (vera, {})

    def test_from_who_is_gone(self, version, victor, vera, adam, now, later):
        taken(victor, version, now)
        deactivate(actor=adam, user=victor, reason="Left", now=later)
        assert taken(vera, version, later).validator == vera

    def test_from_nobody_who_can_conclude(self, version, victor, vera, now):
        taken(victor, version, now)
        assert validation_panel(version, vera)["may_take"] is False
        with pytest.raises(Conflict, match="Victor Lindqvist is at VAL-0001 already"):
            taken(vera, version, now)


def test_a_revalidation_is_under_way_since_it_was_asked_for(
    olivia, dmitri, victor, vera, rosa, ruth, adam, ada, now, later
):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    vera = given_back(adam, ada, vera, now + timedelta(minutes=5))
    ask_revalidation(actor=rosa, version=version, reason="It drifts", now=later)
    assert taken(vera, version, later).validator == vera
    vera = given_back(adam, ada, vera, later + timedelta(minutes=5), "second_factor")
    with pytest.raises(RuleViolated, match="Your account was reset after this revalidation was asked for"):
        concluded(vera, version.validations.latest("pk"), later + timedelta(hours=1))
