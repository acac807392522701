"""What was counted of features' values, as pages and API show it."""

from typing import Any

from apps.accounts.models import User
from apps.datasets.selectors.tables import READ_ROWS
from apps.features.models import Feature, FeatureViewVersion, Materialisation

TOP = 12  # frequent values that are drawn


def newest_made(version: FeatureViewVersion) -> Materialisation | None:
    """The last materialisation of a version that was completed."""
    rows: Any = version.materialisations.filter(status=Materialisation.Status.DONE)
    found: Materialisation | None = rows.select_related("source", "statistics").order_by("-pk").first()
    return found


def statistics_of(feature: Feature, made: Materialisation | None, user: User) -> dict[str, Any]:
    """What was counted of a feature's values; single values are cells, and only for who may read rows."""
    if made is None:
        return {}
    found = dict(made.statistics.details.get(feature.name, {}))
    if not user.may(READ_ROWS, feature.version):
        found.pop("top", None)
    return found


def bins_of(found: dict[str, Any]) -> list[tuple[str, float]]:
    """The values as bars of a drawing: by bin, or by value where there are few."""
    if "histogram" in found:
        edges, counts = found["histogram"]["edges"], found["histogram"]["counts"]
        return [(_edge(edge), count) for edge, count in zip(edges, counts, strict=False)]
    return [(str(value), count) for value, count in found.get("top", [])[:TOP]]


def _edge(edge: Any) -> str:
    return f"{edge:g}" if isinstance(edge, int | float) else str(edge)[:10]
