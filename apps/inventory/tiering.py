"""The tier that the published method gives a model."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apps.core.errors import BadInput
from apps.inventory.models import Model
from apps.policies.rules.tiering import Axis, tier
from apps.policies.selectors import NoPolicy, applicable

LEVELS = ["low", "medium", "high"]
USUAL = (
    Axis(name="exposure", question="How much money, or how many people, rest on it?", levels=LEVELS),
    Axis(name="decision_impact", question="What does a wrong decision do to a person?", levels=LEVELS),
    Axis(name="complexity", question="How hard is it to see why it decides as it does?", levels=LEVELS),
)


def axes_in_force(now: datetime) -> Sequence[Axis]:
    """What is asked of a model: the axes of the published method, or the usual ones while there is none."""
    try:
        return applicable("tiering_method", at=now).rules.axes
    except NoPolicy:
        return USUAL


def require_axes(said: Mapping[str, Any], now: datetime) -> None:
    """Refuse an answer to what the method in force doesn't ask; it would count for nothing.

    Raises:
        BadInput: by the axes that there aren't.
    """
    known = [axis.name for axis in axes_in_force(now)]
    sentence = f"The tiering method in force doesn't ask this. It asks: {', '.join(known)}."
    unknown = {f"materiality.{name}": [sentence] for name in said if name not in known}
    if unknown:
        raise BadInput(errors=unknown)


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

    Raises:
        BadInput: an axis or a level that the method in force doesn't know.
    """
    require_axes(said, now)
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


def level_of(stated: Any) -> str:
    """The level that is stated for an axis, "" where none is; an exposure stands with its amount beside it."""
    return str((stated.get("level") if isinstance(stated, Mapping) else stated) or "")


def _exposure(materiality: Mapping[str, Any]) -> dict[str, Any]:
    exposure = materiality.get("exposure", {})
    return dict(exposure) if isinstance(exposure, Mapping) else {"level": exposure}
