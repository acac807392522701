"""What a version's page shows of its independent challenge."""

from typing import Any

from apps.inventory.models import ModelVersion
from apps.validations import events
from apps.validations.models import Validation
from apps.validations.questions import questions_for
from apps.validations.validators import at_it, objection


def validation_panel(version: ModelVersion, user: Any) -> dict[str, Any] | None:
    """None before there is anything to validate."""
    rows = list(version.validations.select_related("validator", "signature").order_by("-pk"))
    waiting = next((row for row in rows if row.status == Validation.Status.OPEN), None)
    untaken = version.status == version.Status.IN_VALIDATION and waiting is None
    free = untaken or (waiting is not None and at_it(waiting) is None)
    may_take = free and user.may(str(events.VALIDATION_OPENED.permission), version)
    may_ask = user.may(str(events.REVALIDATION_ASKED.permission), version)
    in_use = version.status in (version.Status.APPROVED, version.Status.IN_USE)
    if not rows and not untaken:
        return None
    return {
        "version": version,
        "validations": [(row, answered(row)) for row in rows],
        "may_take": may_take and objection(user, version, waiting) is None,
        "may_ask": may_ask and in_use and not waiting,
    }


def answered(validation: Validation) -> str:
    """ "3 of 12 answered"."""
    asked = questions_for(validation.version.model.tier)
    return f"{sum(one.key in validation.answers for one in asked)} of {len(asked)} answered"
