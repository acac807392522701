"""Exemptions in the state a test needs, reached the way the product reaches it."""

from datetime import date

from apps.approvals.models import Approval
from apps.exceptions.services import propose_exemption
from tests.builders.versions import fresh, word


def proposed(actor, subject, now, **said):
    asked = {
        "sort": "policy_exception",
        "gate": "Four-fifths rule",
        "reason": "The rule is met on the people it is used for.",
        "compensating_controls": "Every refusal is looked at by a person.",
        "expires_on": date(2027, 3, 31),
    }
    return propose_exemption(actor=actor, subject=subject, now=now, **{**asked, **said})


def granted(actor, subject, officers, now, **said):
    exemption = proposed(actor, subject, now, **said)
    approval = Approval.objects.get(subject_reference=exemption.reference)
    for officer in officers:
        word(officer, approval, now)
    return fresh(exemption)
