"""How a model fares, on its page."""

from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.inventory.models import Model
from apps.monitoring.models import Alert
from apps.monitoring.selectors import windows_of
from apps.monitoring.services.plans import shown_plan

SHOWN = 5


def of_model(model: Model, user: User) -> dict[str, Any] | None:
    plan = shown_plan(model)
    if plan is None:
        return None
    alerts = list(Alert.objects.unclosed().filter(model=model).select_related("version").order_by("level", "-pk"))
    return {
        "plan": plan,
        "windows": windows_of(plan, most=6),
        "alerts": alerts[:SHOWN],
        "total": len(alerts),
        "all_url": f"{reverse('alerts')}?model={model.reference}",
    }
