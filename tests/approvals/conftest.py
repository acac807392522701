"""Something to decide on: a model's purpose, under a route of two risk officers."""

import pytest

from apps.accounts.reauthentication import reauthenticate
from apps.approvals.services.decisions import decide
from apps.approvals.services.requests import open_approval
from apps.core import subjects
from apps.inventory.subjects import ModelSubject
from apps.policies.rules.routes import ApprovalRoute
from tests.builders.inventory import a_model

ROUTE = ApprovalRoute.model_validate(
    {
        "kind": "approval_route",
        "name": "Two risk officers",
        "applies": {"kinds": ["any"], "tiers": [1, 2, 3]},
        "stages": [{"name": "Second line", "role": "risk_officer", "quorum": 2, "deadline_days": 10}],
    }
)


class Decidable(ModelSubject):
    """A model as something to decide on: its purpose is the record, its owner may not judge it."""

    outcomes: list[str] = []

    def parts(self, references):
        owned = self.model.objects.filter(reference__in=references).values_list("reference", "owner")
        return {reference: {owner: "You own this model."} for reference, owner in owned}

    def snapshot(self, row):
        return {"reference": row.reference, "purpose": row.purpose}

    def on_decided(self, row, *, outcome, approval, actor, now, cause):
        self.outcomes.append(outcome)


@pytest.fixture
def heard(monkeypatch):
    """What the model's room was told."""
    monkeypatch.setitem(subjects._subjects, "model", Decidable())
    Decidable.outcomes.clear()
    return Decidable.outcomes


@pytest.fixture
def approval(olivia, dmitri, now, heard):
    return an_approval(olivia, dmitri, now)


def an_approval(owner, submitter, now, route=ROUTE):
    return open_approval(
        actor=submitter,
        kind="model_version",
        subject=a_model(owner, now),
        title="Use the waiver",
        route=route,
        route_version="POL-0001@1",
        now=now,
        cause="test.asked",
    )


def word(person, approval, now, decision="approve", **said):
    """`person` decides and signs with their own password."""
    proof = reauthenticate(user=person, password=person.email.partition("@")[0], now=now)
    said = {"reason": "Looked at it.", "dossier_digest": approval.dossier_digest, **said}
    return decide(actor=person, approval=approval, decision=decision, reauthentication=proof, now=now, **said)
