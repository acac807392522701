"""A refusal for want of a role says in plain words which role may, by both doors, and names no permission's code."""

import pytest
from django.core.exceptions import PermissionDenied

from apps.accounts.roles import MAY, titles_that_may
from apps.inventory.services.registering import decide_intake
from tests.builders.accounts import granted
from tests.builders.inventory import a_model
from tests.builders.versions import fresh

SENTENCE = "Your roles do not allow this. Who may: Risk officer, Independent validator."


@pytest.fixture
def model(olivia, now):
    return a_model(olivia, now)


def test_a_page_names_the_roles(client, model, dmitri):
    client.force_login(dmitri)
    answer = client.get(f"/models/{model.reference}/intake/")
    assert answer.status_code == 403 and SENTENCE in answer.content.decode()
    assert "decide_intake" not in answer.content.decode()


def test_so_does_the_api(client, model, dmitri):
    client.force_login(dmitri)
    said = {"decision": "model", "reason": "It decides"}
    answer = client.post(f"/api/v1/models/{model.reference}/intake/", said, content_type="application/json")
    assert answer.status_code == 403 and answer.json()["detail"] == SENTENCE


def test_and_the_act_itself(model, dmitri, now):
    with pytest.raises(PermissionDenied, match="Who may: Risk officer"):
        decide_intake(actor=dmitri, model=model, decision="model", reason="It decides", now=now)


def test_who_holds_the_role_elsewhere_is_told_so(model, oscar, adam, ada, now):
    granted(adam, ada, oscar, "risk_officer", now)
    with pytest.raises(PermissionDenied, match="in your own business units only"):
        decide_intake(actor=fresh(oscar), model=model, decision="model", reason="It decides", now=now)


@pytest.mark.parametrize("permission", sorted(MAY))
def test_every_permission_has_somebody_to_name(permission):
    titles = titles_that_may(permission)
    assert titles and not any("_" in title for title in titles)
