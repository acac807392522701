"""The tier that the published method gives a model."""

from datetime import datetime

from apps.inventory.models import Model
from apps.policies.rules.tiering import tier
from apps.policies.selectors import NoPolicy, applicable


def tier_of(model: Model, now: datetime) -> None:
    """Set the tier and its reasons on `model`, unsaved; without a published method it has none, and says so."""
    try:
        method = applicable("tiering_method", at=now)
    except NoPolicy as none:
        model.tier, model.tier_reasons, model.tier_method = None, [str(none)], ""
        return
    model.tier, model.tier_reasons = tier(method.rules, model.materiality)
    model.tier_method = method.reference
