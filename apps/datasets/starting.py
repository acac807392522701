"""A contract to begin from: what the newest version of a dataset looks like, as promises to be weighed."""

from typing import Any

from apps.datasets.models import Dataset
from apps.datasets.writing import as_yaml

FEW_ROWS = 0.5


def starting_text(dataset: Dataset) -> str:
    """A draft from the newest version: its columns and types, and what was true of them there.

    A column without missing cells is promised to have none, one without duplicates to be unique where it is the id.
    Ranges and sets are left to people: what was seen once is no rule.
    """
    version = dataset.versions.kept().order_by("-number").first()
    metadata = version.metadata if version else {}
    columns = [_column(column, metadata.get("id_column")) for column in (version.columns if version else [])]
    table: dict[str, Any] = {
        "name": "table",
        "logicalType": "object",
        "physicalType": "table",
        "customProperties": [{"property": "compatibility", "value": "backward"}],
        "properties": columns or [{"name": "id", "logicalType": "integer", "required": True, "unique": True}],
    }
    if version:
        least = max(1, int(version.rows * FEW_ROWS))
        table["quality"] = [{"name": "enough rows", "metric": "rowCount", "mustBeGreaterOrEqualTo": least}]
    document: dict[str, Any] = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"{dataset.reference.lower()}-contract",
        "name": dataset.name,
        "version": "1.0.0",
        "status": "draft",
    }
    if dataset.description:
        document["description"] = {"purpose": dataset.description}
    return as_yaml({**document, "schema": [table]})


def _column(column: dict[str, Any], id_column: str | None) -> dict[str, Any]:
    said: dict[str, Any] = {"name": column["name"], "logicalType": column["type"]}
    if not column["nulls"]:
        said["required"] = True
    if column["name"] == id_column:
        said["unique"] = True
    return said
