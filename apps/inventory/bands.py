"""Numbers by which people are protected: without bands every age is a group of its own, and says nothing."""

from apps.datasets.intake.columns import NUMERIC
from apps.datasets.models import DatasetVersion
from apps.inventory.metadata import VersionMetadata

MOST_GROUPS = 50


def unbanded(said: VersionMetadata, table: DatasetVersion) -> dict[str, str]:
    """What is wrong, by field, with protected columns of `table` that are numbers of too many different values."""
    columns = {column["name"]: column for column in table.columns}
    wrong = {}
    for place, attribute in enumerate(said.protected_attributes()):
        column = columns.get(attribute.column)
        if column is None or attribute.bins is not None or column["type"] not in NUMERIC:
            continue
        if column["distinct"] > MOST_GROUPS:
            wrong[f"protected[{place}]"] = (
                f"“{attribute.column}” of {table.reference} has {column['distinct']:,} different numbers, and each "
                f"would be a group; {MOST_GROUPS} are the most. Give it bands: "
                '{"name": …, "column": …, "bins": {"edges": […], "labels": […]}}.'
            )
    return wrong
