"""Whether a version may be used. A later room, which knows approvals, says so; where none has spoken, it may not."""

from collections.abc import Callable
from datetime import datetime

from apps.core.errors import RuleViolated
from apps.inventory.models import ModelVersion

WhyNot = Callable[[ModelVersion, datetime], str]

_judges: list[WhyNot] = []


class NotApproved(RuleViolated):
    """It would be used without an approval that counts."""

    status = 403


def judged_by(why_not: WhyNot) -> None:
    """`why_not(version, now)` is a sentence, or "" where the version may be used. Once, in AppConfig.ready()."""
    if why_not not in _judges:
        _judges.append(why_not)


def why_not(version: ModelVersion, now: datetime) -> str:
    """Why a version may not be used at `now`; "" where it may."""
    if not _judges:
        return "Nothing here knows of approvals."
    return next((told for judge in _judges if (told := judge(version, now))), "")


def require_usable(version: ModelVersion, now: datetime, *, because: str) -> None:
    """Refuse what means use of a version whose approval is missing.

    Args:
        because: what means use, as the beginning of a sentence: "The alias 'champion'".

    Raises:
        NotApproved: it says which approval is missing.
    """
    told = why_not(version, now)
    if told:
        raise NotApproved(f"{because} means use, and {version.reference} has no live approval: {told}")
