"""The tier follows what is really said anew of a model's materiality, and never undoes what the second line set."""

import pytest

from apps.core.errors import BadInput
from apps.inventory.services.registering import change_model, set_tier
from tests.builders.inventory import a_model
from tests.builders.versions import fresh

pytestmark = pytest.mark.usefixtures("policies_in_force")

SAID = {
    "exposure": {"level": "low", "amount": "125000000.00", "currency": "EUR"},
    "decision_impact": "low",
    "complexity": "low",
}


@pytest.fixture
def model(olivia, now):
    return a_model(olivia, now, materiality=SAID)


@pytest.fixture
def raised(model, rosa, now):
    return set_tier(actor=rosa, model=model, tier=1, reason="It decides about more people", now=now)


def corrected_on_the_page(client, olivia, model, **said):
    client.force_login(olivia)
    typed = {
        "name": model.name,
        "purpose": "Spare applicants the paper proof.",
        "kind_of_model": model.kind_of_model,
        "owner": olivia.pk,
        "materiality.exposure": "low",
        "materiality.decision_impact": "low",
        "materiality.complexity": "low",
        "revision": model.revision,
    }
    assert client.post(f"/models/{model.reference}/change/", {**typed, **said}).status_code == 302
    return fresh(model)


def test_a_corrected_purpose_leaves_tier_and_exposure_as_they_were(raised, olivia, client):
    after = corrected_on_the_page(client, olivia, raised)
    assert after.purpose == "Spare applicants the paper proof."
    assert (after.tier, after.tier_method) == (1, "") and "more people" in after.tier_reasons[0]
    assert after.materiality == SAID


def test_another_level_keeps_the_amount_and_moves_the_tier(model, olivia, client):
    after = corrected_on_the_page(
        client, olivia, model, **{"materiality.exposure": "high", "materiality.decision_impact": "high"}
    )
    assert after.materiality["exposure"] == {**SAID["exposure"], "level": "high"}
    assert after.tier < model.tier and after.tier_method


def test_a_tier_set_by_hand_outlives_another_materiality(raised, olivia, now):
    after = change_model(actor=olivia, model=raised, materiality={**SAID, "complexity": "medium"}, now=now)
    assert (after.tier, after.materiality["complexity"]) == (1, "medium")


def test_and_a_level_that_there_is_not_is_refused_all_the_same(raised, olivia, now):
    with pytest.raises(BadInput):
        change_model(actor=olivia, model=raised, materiality={"complexity": "odd"}, now=now)


def test_the_second_line_lifts_it(raised, model, rosa, now):
    lifted = set_tier(actor=rosa, model=raised, tier=None, reason="It serves fewer people again", now=now)
    assert (lifted.tier, lifted.tier_method) == (model.tier, model.tier_method)
