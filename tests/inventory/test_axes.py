"""Whatever the tiering method in force asks can be answered by both doors; what it doesn't ask is refused."""

import pytest

from apps.core.errors import BadInput
from apps.inventory.models import Model
from apps.inventory.services.registering import change_model
from apps.policies.services import propose_policy, publish_version
from tests.builders.accounts import a_token, bearing
from tests.builders.inventory import a_model
from tests.builders.versions import fresh

OTHER_AXES = """\
kind: tiering_method
name: By reach and name
tiers:
  - {tier: 1, name: High}
  - {tier: 2, name: Low}
axes:
  - {name: name, question: Is it known by name in the market?, levels: [unknown, known]}
  - {name: reach, question: How many people does it concern?, levels: [few, many]}
matrix:
  - {at_least: {reach: many}, tier: 1, because: Many people rest on it.}
otherwise: 2
cases:
  - {name: Few, materiality: {name: known, reach: few}, expect: {tier: 2}}
"""
TYPED = {"name": "Loans", "purpose": "Ranks.", "kind_of_model": "machine_learning", "use": "Decide"}


@pytest.fixture
def method(rosa, ruth, now):
    draft = propose_policy(actor=rosa, text=OTHER_AXES, now=now).versions.get()
    return publish_version(actor=ruth, version=draft, now=now)


@pytest.fixture
def register(client, olivia, now):
    key = bearing(a_token(olivia, now).secret)

    def call(**materiality):
        body = {"name": "Loans", "purpose": "Ranks.", "business_unit": olivia.units.get().name}
        return client.post(
            "/api/v1/models/",
            {**body, "materiality": materiality},
            content_type="application/json",
            **key,
        )

    return call


def test_the_page_asks_what_the_method_asks(client, olivia, method):
    client.force_login(olivia)
    page = client.get("/models/new/").content.decode()
    assert "How many people does it concern?" in page and "Decision impact" not in page
    typed = {**TYPED, "business_unit": olivia.units.get().pk, "owner": olivia.pk}
    client.post("/models/new/", {**typed, "materiality.name": "known", "materiality.reach": "few"})
    model = Model.objects.get()
    assert (model.name, model.tier, model.materiality) == ("Loans", 2, {"name": "known", "reach": "few"})


def test_so_does_the_api(register, method):
    answer = register(name="known", reach={"level": "few"})
    assert answer.status_code == 201 and answer.json()["tier"] == 2
    assert answer.json()["materiality"] == {"name": "known", "reach": "few"}


@pytest.mark.parametrize(
    ("materiality", "field", "sentence"),
    [
        ({"name": "known", "reach": "several"}, "materiality.reach", "Choose one of few, many."),
        ({"name": "known", "reach": 7, "complexity": "low"}, "materiality.complexity", "no such field"),
        ({"name": "known", "reach": ["few"]}, "materiality.reach", "This must be text"),
        ({"name": "known"}, "materiality.reach", "required"),
    ],
)
def test_what_it_does_not_ask_is_refused(register, method, materiality, field, sentence):
    answer = register(**materiality)
    assert answer.status_code == 422 and sentence in answer.json()["errors"][field][0]
    assert not Model.objects.exists()


def test_a_program_can_ask_for_the_axes(client, olivia, method):
    client.force_login(olivia)
    answer = client.get("/api/v1/models/axes/").json()
    assert [(axis["name"], axis["levels"]) for axis in answer] == [
        ("name", ["unknown", "known"]),
        ("reach", ["few", "many"]),
    ]


def test_what_was_said_under_a_former_method_stays_until_it_is_said_again(olivia, now, rosa, ruth):
    model = a_model(olivia, now, materiality={"exposure": {"level": "low", "amount": "5"}, "complexity": "low"})
    publish_version(actor=ruth, version=propose_policy(actor=rosa, text=OTHER_AXES, now=now).versions.get(), now=now)
    changed = change_model(actor=olivia, model=model, materiality={"reach": "few"}, now=now)
    assert changed.materiality == {**model.materiality, "reach": "few"} and changed.tier == 2
    with pytest.raises(BadInput, match="doesn't ask this"):
        change_model(actor=olivia, model=fresh(model), materiality={"complexity": "low"}, now=now)
