"""The version page's panel in which its approval is decided: who signed, who is awaited, and the form."""

from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.approvals.forms import DecisionForm
from apps.approvals.models import Approval
from apps.approvals.seats import everybody_for
from apps.approvals.selectors import asked_of, listed, people_of, stages_of
from apps.core.dates import overdue
from apps.dossiers.selectors import attestation_of, latest_approval
from apps.inventory.models import ModelVersion

OWNER = "Model owner, no vote"


def decision_panel(version: ModelVersion, user: User) -> dict[str, Any] | None:
    """None before anybody was asked."""
    asked = latest_approval(version)
    if asked is None:
        return None
    approval, now = listed(Approval.objects.filter(pk=asked.pk)).get(), timezone.now()
    deciders = everybody_for(approval, user, now=now)
    seat, stages = deciders.seat(user, approval), stages_of(approval, deciders)
    conditions = approval.conditions.all()
    return {
        "approval": approval,
        "title": "Approval" if seat.obstacle else "Your decision",
        "subtitle": asked_of(approval, stages),
        "people": [*_attested(version), *people_of(stages, user)],
        "closed": seat.obstacle and seat.obstacle.sentence,
        "form": None if seat.obstacle else DecisionForm(approval=approval, signer=user, seat=seat, now=now),
        "digest": approval.dossier_digest,
        "subject": version.reference,
        "url": approval.get_absolute_url(),
        "conditions": [(row, row.status != "verified" and overdue(row.due, now)) for row in conditions],
    }


def _attested(version: ModelVersion) -> list[dict[str, Any]]:
    """The owner's attestation, which is a signature and no vote; asked for again where the uses are others now."""
    given = attestation_of(version)
    if given is None and not version.acceptances.exists():
        return []
    if given is None:
        again = {"state": "awaiting", "says": "Attested other uses than today's"}
        return [{"name": version.owner.name, "role": OWNER, "at": "", "digest": "", **again}]
    return [
        {
            "name": given.accepted_by.name,
            "role": OWNER,
            "state": "signed",
            "says": "Attested",
            "at": given.accepted_at,
            "digest": given.signature.digest if given.signature else "",
        }
    ]
