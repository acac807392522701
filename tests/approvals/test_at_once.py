"""Two people sign at the same instant, twenty times over: exactly the right decisions are kept."""

import threading

import pytest
from django.db import connection

from apps.accounts.reauthentication import reauthenticate
from apps.approvals.models import Approval, Decision
from apps.approvals.services.decisions import decide
from apps.approvals.services.requests import open_approval
from apps.audit.models import Entry
from apps.core import subjects
from apps.core.errors import Refused
from apps.policies.rules.routes import ApprovalRoute
from apps.signatures.models import Signature
from tests.approvals.conftest import ROUTE, Decidable
from tests.builders.inventory import a_model
from tests.conftest import person

pytestmark = pytest.mark.both
ROUNDS = 20


@pytest.fixture
def people(own_database, monkeypatch):
    monkeypatch.setitem(subjects._subjects, "model", Decidable())
    Decidable.outcomes.clear()
    return {name: person(name) for name in ("olivia", "dmitri", "rosa", "ruth")}


def asked(people, now, turn, quorum):
    stage = {**ROUTE.stages[0].model_dump(), "quorum": quorum}
    return open_approval(
        actor=people["dmitri"],
        kind="model_version",
        subject=a_model(people["olivia"], now, name=f"Waiver {turn}"),
        title=f"Waiver {turn}",
        route=ApprovalRoute.model_validate({**ROUTE.model_dump(), "stages": [stage]}),
        route_version="POL-0001@1",
        now=now,
        cause="test.asked",
    )


def sign_at_once(approval, signers, now, decisions=("approve", "approve")):
    """Each signer decides in a thread and on a connection of its own; the refusals' classes are the answer."""
    proofs = [reauthenticate(user=one, password=one.email.partition("@")[0], now=now) for one in signers]
    start, refusals = threading.Barrier(len(signers)), []

    def sign(proof, decision):
        try:
            start.wait(10)
            decide(
                actor=proof.user,
                approval=approval,
                decision=decision,
                reason="At once",
                dossier_digest=approval.dossier_digest,
                reauthentication=proof,
                now=now,
            )
        except Refused as refusal:
            refusals.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign, args=pair, daemon=True) for pair in zip(proofs, decisions, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return refusals


def kept(approval):
    """How many decisions, signatures and events of an approval there are."""
    signed = Signature.objects.filter(subject_reference=approval.reference).count()
    told = Entry.objects.filter(verb="approvals.decision_signed", subject_reference=approval.reference).count()
    return Decision.objects.filter(approval=approval).count(), signed, told


def test_where_two_are_needed_both_are_kept_and_it_is_approved_once(people, now):
    for turn in range(ROUNDS):
        approval = asked(people, now, turn, quorum=2)
        assert sign_at_once(approval, [people["rosa"], people["ruth"]], now) == []
        approval.refresh_from_db()
        assert approval.status == Approval.Status.APPROVED and kept(approval) == (2, 2, 2)
    assert Decidable.outcomes == ["approved"] * ROUNDS


def test_where_one_is_enough_the_second_comes_too_late(people, now):
    for turn in range(ROUNDS):
        approval = asked(people, now, turn, quorum=1)
        assert sign_at_once(approval, [people["rosa"], people["ruth"]], now) == ["IllegalTransition"]
        assert kept(approval) == (1, 1, 1)
    assert len(Decidable.outcomes) == ROUNDS


def test_one_person_in_two_windows_decides_once(people, now):
    for turn in range(ROUNDS):
        approval = asked(people, now, turn, quorum=2)
        assert sign_at_once(approval, [people["rosa"], people["rosa"]], now) == ["Conflict"]
        assert kept(approval) == (1, 1, 1)


def test_a_word_back_and_a_signature_at_once_leave_one_outcome(people, now):
    for turn in range(ROUNDS):
        approval = asked(people, now, turn, quorum=2)
        refusals = sign_at_once(approval, [people["rosa"], people["ruth"]], now, ("approve", "send_back"))
        approval.refresh_from_db()
        assert approval.status == Approval.Status.SENT_BACK
        assert kept(approval)[0] == 2 - len(refusals) and set(refusals) <= {"IllegalTransition"}
    assert Decidable.outcomes == ["sent_back"] * ROUNDS
