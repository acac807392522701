"""Two versions side by side: what was said of them, what the gates made of each, and their key figures."""

from typing import Any

from apps.evaluations.models import Evaluation, Result
from apps.evaluations.selectors import newest_of
from apps.evaluations.showing import threshold
from apps.inventory.models import ModelVersion
from apps.measures import catalogue

KEY_FAMILIES = ("performance", "calibration")
KEY_MEASURES = ("worst_impact_ratio", "demographic_parity_difference", "equalized_odds_difference")


def compared(one: ModelVersion, other: ModelVersion) -> dict[str, Any]:
    """The context of the comparison; differences are the second less the first."""
    evaluations = newest_of(one), newest_of(other)
    return {
        "one": one,
        "other": other,
        "evaluations": evaluations,
        "metadata": _metadata(one.metadata, other.metadata),
        "gates": _gates(*evaluations),
        "figures": _figures(*evaluations),
    }


def _metadata(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    names = dict.fromkeys([*before, *after])
    lines = ((name, _said(before.get(name)), _said(after.get(name))) for name in names)
    return [(name, one, other) for name, one, other in lines if one != other]


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_said(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_said(item)}" for name, item in value.items())
    return "" if value is None else str(value)


def _gates(one: Evaluation | None, other: Evaluation | None) -> list[dict[str, Any]]:
    sides = [{gate["name"]: gate for gate in side.verdict.gates} if side else {} for side in (one, other)]
    return [
        {
            "name": name,
            "one": sides[0].get(name),
            "other": sides[1].get(name),
            "threshold": threshold((sides[1].get(name) or sides[0][name])["limit"]),
            "difference": _difference(*(side[name]["value"] if name in side else None for side in sides)),
        }
        for name in dict.fromkeys([*sides[0], *sides[1]])
    ]


def _figures(one: Evaluation | None, other: Evaluation | None) -> list[dict[str, Any]]:
    sides = [_key_results(side) for side in (one, other)]
    return [
        {
            "title": catalogue.definition(measure).title,
            "attribute": attribute,
            "one": sides[0].get((measure, attribute)),
            "other": sides[1].get((measure, attribute)),
            "difference": _difference(
                *(side[(measure, attribute)].value if (measure, attribute) in side else None for side in sides)
            ),
        }
        for measure, attribute in dict.fromkeys([*sides[0], *sides[1]])
    ]


def _key_results(evaluation: Evaluation | None) -> dict[tuple[str, str], Result]:
    if evaluation is None:
        return {}
    rows = evaluation.results.filter(slice__isnull=True, class_label="").order_by("pk").defer("series")
    return {
        (row.measure, row.attribute): row for row in rows if row.family in KEY_FAMILIES or row.measure in KEY_MEASURES
    }


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
