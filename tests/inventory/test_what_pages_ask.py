"""The pages about a model ask what the published method asks, and lose nothing that was said by the other door."""

import pytest

from apps.core.errors import BadInput
from apps.inventory.models import Model
from apps.inventory.services.registering import add_dependency
from apps.policies.services import propose_policy, publish_version
from tests.builders.datasets import a_dataset
from tests.builders.inventory import a_model
from tests.builders.policies import default_text

SAID = {"kind_of_model": "machine_learning", "purpose": "Ranks.", "use": "Decide"}


def page(client, person, address):
    client.force_login(person)
    return client.get(address).content.decode()


def options(html, name):
    return [
        part.partition('"')[0]
        for part in html.partition(f'name="{name}"')[2].partition("</select>")[0].split('value="')[1:]
    ]


def test_levels_are_chosen_and_never_assumed(client, olivia, policies_in_force):
    assert options(page(client, olivia, "/models/new/"), "materiality.exposure") == ["", "low", "medium", "high"]
    typed = {**SAID, "name": "Loans", "business_unit": olivia.units.get().pk, "owner": olivia.pk}
    assert "This field is required" in client.post("/models/new/", typed).content.decode()
    assert not Model.objects.exists()


def test_levels_are_those_of_the_method_in_force(client, olivia, rosa, ruth, now):
    text = default_text("tiering").replace("levels: [low, medium, high]", "levels: [low, medium, high, grave]", 1)
    draft = propose_policy(actor=rosa, text=text, now=now).versions.get()
    publish_version(actor=ruth, version=draft, now=now)
    assert options(page(client, olivia, "/models/new/"), "materiality.exposure") == [
        "",
        "low",
        "medium",
        "high",
        "grave",
    ]


def test_changing_a_model_keeps_what_the_page_does_not_ask(client, olivia, now, policies_in_force):
    exposure = {"level": "low", "amount": "1200000", "currency": "EUR"}
    model = a_model(olivia, now, materiality={"exposure": exposure, "decision_impact": "low", "complexity": "low"})
    address = f"/models/{model.reference}/change/"
    assert "2027-05-31" not in page(client, olivia, address)
    typed = {**SAID, "name": "Renamed", "owner": olivia.pk, "revision": model.revision, "next_review": "2027-05-31"}
    levels = {"materiality.exposure": "high", "materiality.decision_impact": "low", "materiality.complexity": "low"}
    answer = client.post(address, {**typed, **levels})
    assert answer.status_code == 302
    model.refresh_from_db()
    assert model.materiality["exposure"] == {**exposure, "level": "high"} and model.name == "Renamed"
    assert "2027-05-31" in page(client, olivia, address) and "31 May 2027" in page(
        client, olivia, model.get_absolute_url()
    )


@pytest.mark.parametrize(
    ("kind", "upstream"), [("model", "MDL-9999"), ("dataset", "DS-9999"), ("dataset", "MDL-0001")]
)
def test_it_rests_on_what_there_is(olivia, now, kind, upstream):
    model = a_model(olivia, now)
    with pytest.raises(BadInput) as refused:
        add_dependency(actor=olivia, model=model, upstream_kind=kind, upstream=upstream, now=now)
    assert refused.value.errors["upstream"] == [f"There is no {kind} {upstream} that you may see."]


def test_it_rests_on_a_model_on_data_and_on_something_outside(olivia, now):
    model, other, data = a_model(olivia, now), a_model(olivia, now, name="Other"), a_dataset(olivia, now)
    for kind, upstream in (("model", other.reference), ("dataset", data.reference), ("external", "Credit bureau")):
        add_dependency(actor=olivia, model=model, upstream_kind=kind, upstream=upstream, now=now)
    assert model.dependencies.count() == 3


def test_another_unit_s_model_is_none_that_one_may_see(olivia, oscar, now):
    foreign, model = a_model(oscar, now, name="Foreign"), a_model(olivia, now)
    with pytest.raises(BadInput):
        add_dependency(actor=olivia, model=model, upstream_kind="model", upstream=foreign.reference, now=now)


def test_the_first_line_owns_and_develops(client, olivia, dmitri, adam, aisha, victor, policies_in_force):
    html = page(client, olivia, "/models/new/")
    for field in ("owner", "developers"):
        offered = set(options(html, field))
        assert {str(olivia.pk), str(dmitri.pk)} <= offered
        assert not {str(adam.pk), str(aisha.pk), str(victor.pk)} & offered


def test_who_owns_it_already_is_offered_whatever_they_are_now(client, olivia, rosa, now, policies_in_force):
    model = a_model(rosa, now)
    assert str(rosa.pk) in options(page(client, olivia, f"/models/{model.reference}/change/"), "owner")
