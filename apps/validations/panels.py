"""What a version's page shows of its independent challenge."""

from typing import Any

from apps.inventory.models import ModelVersion
from apps.validations import events
from apps.validations.models import Validation
from apps.validations.questions import questions_for
from apps.validations.services import REVALIDATED
from apps.validations.validators import at_it, objection


def validation_panel(version: ModelVersion, user: Any) -> dict[str, Any] | None:
    """None before there is anything to validate."""
    rows = list(version.validations.select_related("validator", "signature").order_by("-pk"))
    waiting = next((row for row in rows if row.status == Validation.Status.OPEN), None)
    untaken = version.status == version.Status.IN_VALIDATION and waiting is None
    free = untaken or (waiting is not None and at_it(waiting) is None)
    may_take = free and user.may(str(events.VALIDATION_OPENED.permission), version)
    if not rows and not untaken:
        return None
    return {
        "version": version,
        "validations": [(row, answered(row)) for row in rows],
        "may_take": may_take and objection(user, version, waiting) is None,
        "may_ask": may_ask_again(version, user),
    }


def may_ask_again(version: ModelVersion, user: Any) -> bool:
    """Whether `user` could ask for a revalidation now: it was approved, is not retired, and none is open."""
    if version.status not in REVALIDATED or not user.may(str(events.REVALIDATION_ASKED.permission), version):
        return False
    return not version.validations.filter(status=Validation.Status.OPEN).exists()


def answered(validation: Validation) -> str:
    """ "3 of 12 answered"."""
    asked = questions_for(validation.version.model.tier)
    return f"{sum(one.key in validation.answers for one in asked)} of {len(asked)} answered"
