"""What the version page shows from this room: the life cycle, and the steps that whoever looks may take."""

from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.core.templatetags.format import day
from apps.dossiers.models import Acceptance
from apps.dossiers.selectors import attestation_of, available_actions, lifecycle
from apps.dossiers.telling import last_return
from apps.inventory.models import ModelVersion

FORMS = {
    "submission": ("submit-version", "Submit", "send"),
    "return": ("return-version", "Send back", "undo-2"),
    "withdrawal": ("withdraw-version", "Withdraw", "corner-up-left"),
    "acceptance": ("attest-version", "Attest its use", "pen-line"),
}


def stepper(version: ModelVersion, user: User) -> dict[str, Any]:
    steps = [
        {**step, "lines": [*([day(step["at"])] if step["at"] else []), *step["lines"]]} for step in lifecycle(version)
    ]
    return {"steps": steps}


def came_back(version: ModelVersion, user: User) -> dict[str, Any] | None:
    back = last_return(version)
    return {"back": back} if back else None


def actions(version: ModelVersion, user: User) -> dict[str, Any] | None:
    open_now = [FORMS[name] for name in available_actions(version, user, timezone.now()) if name in FORMS]
    return {"version": version, "open_now": open_now} if open_now else None


def attestations(version: ModelVersion, user: User) -> dict[str, Any] | None:
    rows = list(Acceptance.objects.filter(version=version).select_related("accepted_by", "signature").order_by("-pk"))
    return {"attestations": rows, "current": attestation_of(version)} if rows else None
