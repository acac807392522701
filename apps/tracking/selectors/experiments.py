"""Which experiment somebody means."""

from apps.accounts.models import Membership, User
from apps.core.errors import RuleViolated
from apps.tracking.models import Experiment

LARGEST_KEY = 2**63 - 1
NOWHERE = "You work in no business unit yet, so an experiment would belong to nobody. Ask an administrator for one."


def by_protocol_id(user: User, number: str) -> Experiment | None:
    """The experiment that MLflow's clients call by `number`, where `user` may know of it."""
    if not (number.isascii() and number.isdecimal()) or int(number) > LARGEST_KEY:
        return None
    found: Experiment | None = Experiment.objects.visible_to(user).filter(pk=int(number)).first()
    return found


def by_name(user: User, name: str) -> Experiment | None:
    """The experiment of that name: of the unit where `user` works first of all, else of another that they see."""
    rows = {
        row.business_unit_id: row for row in Experiment.objects.visible_to(user).filter(name=name).order_by("-pk")
    }
    own = next((rows[unit] for unit in units_in_order(user) if unit in rows), None)
    return own or next(iter(rows.values()), None)


def units_in_order(user: User) -> list[int]:
    """The business units that `user` works in, the first one first."""
    return list(Membership.objects.filter(user=user).order_by("pk").values_list("unit_id", flat=True))


def first_unit(user: User) -> int:
    """The business unit that what `user` begins belongs to, where no other is named.

    Raises:
        RuleViolated: there is none.
    """
    units = units_in_order(user)
    if not units:
        raise RuleViolated(NOWHERE)
    return units[0]
