"""Why a version came back stands on its page and in its developers' inbox; validators hear of what waits for them."""

import pytest

from apps.approvals.models import Approval
from apps.approvals.services.decisions import decide
from apps.approvals.services.requests import withdraw_approval
from apps.dossiers.services import return_version, submit, withdraw_version
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from tests.builders.versions import ALL_AGES, evaluated, fresh, in_approval, proof, submitted, validated

pytestmark = pytest.mark.usefixtures("policies_in_force")

NAME = "Employment verification waiver 1.0.0"


def told(person, now):
    read_ledger(now)
    return [row.sentence for row in Notification.objects.filter(recipient=person).order_by("pk")]


def page_of(client, person, version):
    client.force_login(person)
    return client.get(version.get_absolute_url()).content.decode()


def test_a_risk_officer_sends_it_back(client, olivia, dmitri, rosa, victor, now):
    version = evaluated(submitted(olivia, dmitri, now), now)
    return_version(actor=rosa, version=version, reason="Why so few of the young?", now=now)
    said = f"{rosa.name} sent {NAME} back: Why so few of the young?"
    assert said in told(dmitri, now) and said in told(olivia, now)
    assert not [sentence for sentence in told(victor, now) if "sent" in sentence]
    page = page_of(client, dmitri, version)
    assert f"Sent back by {rosa.name}" in page and "Why so few of the young?" in page


def test_a_failed_gate_sends_it_back(client, olivia, dmitri, now):
    version = evaluated(submitted(olivia, dmitri, now), now, case=ALL_AGES)
    assert [sentence for sentence in told(dmitri, now) if sentence.startswith(f"{NAME} went back: Gates not met")]
    assert "Came back" in page_of(client, dmitri, version)


def test_a_validator_finds_it_unfit(client, olivia, dmitri, victor, now):
    version = validated(evaluated(submitted(olivia, dmitri, now), now), victor, now, conclusion="not_fit")
    assert f"{victor.name} found {NAME} not fit: As its evidence says." in told(dmitri, now)
    assert f"Found not fit by {victor.name}" in page_of(client, dmitri, version)


@pytest.mark.parametrize(("decision", "word"), [("send_back", "sent {} back"), ("reject", "rejected {}")])
def test_a_decider_s_reason_is_told_and_leads_to_the_approval(
    client, olivia, dmitri, victor, rosa, now, decision, word
):
    version = in_approval(olivia, dmitri, victor, now)
    approval = Approval.objects.get()
    decide(
        actor=rosa,
        approval=approval,
        decision=decision,
        reason="Explain the young first.",
        dossier_digest=approval.dossier_digest,
        reauthentication=proof(rosa, now),
        now=now,
    )
    assert f"{rosa.name} {word.format(NAME)}: Explain the young first." in told(dmitri, now)
    page = page_of(client, dmitri, version)
    assert "Explain the young first." in page and f'{approval.get_absolute_url()}">{approval.reference}' in page


def test_who_took_it_back_said_why(client, olivia, dmitri, victor, now):
    version = in_approval(olivia, dmitri, victor, now)
    approval = Approval.objects.get()
    withdraw_approval(actor=dmitri, approval=approval, reason="A better one comes.", now=now)
    page = page_of(client, olivia, version)
    assert f"Taken back by {dmitri.name}" in page and "A better one comes." in page
    submit(actor=dmitri, version=fresh(version), now=now)
    assert "A better one comes." not in page_of(client, olivia, version)
    withdraw_version(actor=dmitri, version=fresh(version), reason="Wrong data.", now=now)
    assert "Wrong data." in page_of(client, olivia, version)


def test_validators_hear_that_one_waits_for_them(olivia, dmitri, victor, now):
    evaluated(submitted(olivia, dmitri, now), now)
    assert f"{NAME} waits for a validator." in told(victor, now)
    assert f"{NAME} passed its gates and waits for a validator." in told(dmitri, now)
