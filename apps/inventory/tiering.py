"""The tier that the published method gives a model."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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


def restate(model: Model, said: Mapping[str, Any], now: datetime) -> None:
    """Change what `model` says of its materiality, unsaved; what isn't said again stays, an exposure's amount too.

    The tier follows where anything differs. One that was set by hand stays until who sets tiers lifts it.
    """
    known = model.materiality
    materiality = {**known, **said}
    if "exposure" in materiality:
        materiality["exposure"] = {**_exposure(known), **_exposure(said)}
    if materiality == {**known, **({"exposure": _exposure(known)} if "exposure" in known else {})}:
        return
    by_hand = (model.tier, model.tier_reasons, model.tier_method) if model.tier_by_hand else None
    model.materiality = materiality
    tier_of(model, now)  # for a tier set by hand too: a level that the method doesn't know is refused
    if by_hand is not None:
        model.tier, model.tier_reasons, model.tier_method = by_hand


def _exposure(materiality: Mapping[str, Any]) -> dict[str, Any]:
    exposure = materiality.get("exposure", {})
    return dict(exposure) if isinstance(exposure, Mapping) else {"level": exposure}
