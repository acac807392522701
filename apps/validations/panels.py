"""What a version's page shows of its independent challenge."""

from typing import Any

from apps.inventory.models import ModelVersion
from apps.validations import events
from apps.validations.models import Validation
from apps.validations.questions import questions_for


def validation_panel(version: ModelVersion, user: Any) -> dict[str, Any] | None:
    """None before there is anything to validate."""
    rows = list(version.validations.select_related("validator", "signature").order_by("-pk"))
    independent = user != version.owner and user not in version.developers
    waiting = [row for row in rows if row.status == Validation.Status.OPEN]
    untaken = version.status == version.Status.IN_VALIDATION and not waiting
    may_take = independent and user.may(str(events.VALIDATION_OPENED.permission), version)
    may_ask = user.may(str(events.REVALIDATION_ASKED.permission), version)
    in_use = version.status in (version.Status.APPROVED, version.Status.IN_USE)
    if not rows and not untaken:
        return None
    return {
        "version": version,
        "validations": [(row, answered(row)) for row in rows],
        "may_take": may_take and (untaken or any(row.validator is None for row in waiting)),
        "may_ask": may_ask and in_use and not waiting,
    }


def answered(validation: Validation) -> str:
    """ "3 of 12 answered"."""
    asked = questions_for(validation.version.model.tier)
    return f"{sum(one.key in validation.answers for one in asked)} of {len(asked)} answered"
