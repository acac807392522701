"""The catalogue of tests: every definition, whichever module it is written in."""

from apps.measures import (
    binary,
    calibration,
    drift,
    explanation,
    fairness,
    group_calibration,
    multiclass,
    parity,
    regression,
    robustness,
)
from apps.measures.definitions import Definition, Family, registered

# imported so that their definitions are in the list
_MODULES = (
    binary,
    calibration,
    multiclass,
    regression,
    fairness,
    group_calibration,
    explanation,
    robustness,
    parity,
    drift,
)


def definitions(*families: Family | str) -> tuple[Definition, ...]:
    """All definitions, or those of some families, in the catalogue's order."""
    wanted = {str(family) for family in families} or {str(family) for family in Family}
    order = list(Family)
    found = [definition for definition in registered() if str(definition.family) in wanted]
    return tuple(sorted(found, key=lambda definition: order.index(definition.family)))


def definition(measure: str) -> Definition:
    """The definition of this id.

    Raises:
        KeyError: there is none.
    """
    for found in registered():
        if found.id == measure:
            return found
    raise KeyError(f"There is no measure {measure!r}.")
