"""What a person saw may have moved on: states are looked at again under the lock, not as they were shown."""

import pytest

from apps.approvals.services.requests import suspend_approval
from apps.core.errors import IllegalTransition, RuleViolated
from apps.deployments.services import deploy
from apps.dossiers.selectors import latest_approval
from apps.dossiers.services import withdraw_version
from apps.inventory.models import Model
from apps.inventory.services.registering import retire_model
from apps.inventory.services.versions import add_version
from apps.validations.services import open_validation
from tests.builders.inventory import a_model, a_table, scored
from tests.builders.versions import approved, evaluated, fresh, submitted
from tests.conftest import also

pytestmark = pytest.mark.usefixtures("policies_in_force")


def test_a_version_withdrawn_meanwhile_is_not_validated(olivia, dmitri, victor, now):
    shown = evaluated(submitted(olivia, dmitri, now), now)
    withdraw_version(actor=dmitri, version=fresh(shown), reason="A mistake", now=now)
    with pytest.raises(IllegalTransition, match="does not wait"):
        open_validation(actor=victor, version=shown, scope="Everything", now=now)


def test_a_model_retired_meanwhile_takes_no_version(olivia, dmitri, now):
    shown = a_model(olivia, now)
    retire_model(actor=olivia, model=Model.objects.get(), now=now, cause="test.retired")
    with pytest.raises(RuleViolated, match="is retired"):
        add_version(actor=dmitri, model=shown, metadata=scored(a_table(dmitri, now)), now=now)


def test_a_version_suspended_meanwhile_is_not_released(olivia, dmitri, victor, rosa, ruth, now):
    shown = approved(olivia, dmitri, victor, rosa, ruth, now)
    suspend_approval(actor=rosa, approval=latest_approval(shown), reason="Complaints", now=now)
    with pytest.raises(RuleViolated, match="is suspended"):
        deploy(actor=also(dmitri, "platform_engineer"), version=shown, environment="production", now=now)
