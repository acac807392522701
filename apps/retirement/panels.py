"""What a model's page shows of its end."""

from typing import Any

from apps.accounts.models import User
from apps.inventory.models import Model
from apps.retirement import events
from apps.retirement.models import Retirement
from apps.retirement.services import under_way


def of_model(model: Model, user: User) -> dict[str, Any] | None:
    """The newest retirement, and the way to plan one where none is; None where there is neither."""
    newest = Retirement.objects.filter(model=model).order_by("-pk").first()
    under = newest is not None and newest.status in (Retirement.Status.PLANNED, Retirement.Status.APPROVED)
    may = model.status == Model.Status.ACTIVE and user.may(str(events.RETIREMENT_PLANNED.permission), model)
    may_plan = may and not under and under_way(model) is None
    if newest is None and not may_plan:
        return None
    return {"model": model, "retirement": newest, "may_plan": may_plan}
