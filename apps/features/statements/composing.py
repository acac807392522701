"""The one statement that gives a view's rows: keys, event time, created time, features, in stored types."""

from collections.abc import Iterator, Sequence

from apps.datasets.intake.engine import identifier
from apps.features.definitions import FeatureDefinition, ViewDefinition

TABLE = "source"  # what a person's SQL calls the dataset that its view is made of
ROWS = "rows_of_the_view"
STORED = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


def rows_of(view: ViewDefinition, features: Sequence[FeatureDefinition] | None = None) -> str:
    """A SELECT over `source` whose columns are the keys, both times, and the features (all of them by default)."""
    chosen = view.features if features is None else features
    named = [*view.keys, *dict.fromkeys((view.event_time, view.created_time))]
    outer = [*map(identifier, named), *map(finite, chosen)]
    inner = [*map(identifier, view.keys), *times(view), *map(valued, chosen)]
    return f"{given(view)}SELECT {', '.join(outer)}\nFROM (\nSELECT {', '.join(inner)}\nFROM {table(view)}\n)"


def expressions_of(view: ViewDefinition, features: Sequence[FeatureDefinition]) -> str:
    """The features alone, as they are before they take their declared types; for looking at what they give."""
    columns = [f"({feature.sql}\n) AS {apart(feature)}" for feature in features]
    return f"{given(view)}SELECT {', '.join(columns)}\nFROM {table(view)}"


def given(view: ViewDefinition) -> str:
    """What stands before the SELECT: the person's own SQL under a name."""
    return "" if view.sql is None else f"WITH {ROWS} AS (\n{view.sql}\n)\n"


def table(view: ViewDefinition) -> str:
    return TABLE if view.sql is None else ROWS


def times(view: ViewDefinition) -> Iterator[str]:
    """Both times in UTC without saying so; a date is its first moment."""
    for name in dict.fromkeys((view.event_time, view.created_time)):
        yield f"CAST({identifier(name)} AS TIMESTAMP) AS {identifier(name)}"


def valued(feature: FeatureDefinition) -> str:
    """The feature in its declared type."""
    return f"CAST(({feature.sql}\n) AS {STORED[feature.type]}) AS {apart(feature)}"


def finite(feature: FeatureDefinition) -> str:
    """The feature by its name. What is no finite number is missing."""
    found = apart(feature)
    if feature.type == "number":
        found = f"CASE WHEN isfinite({found}) THEN {found} END"
    return f"{found} AS {identifier(feature.name)}"


def apart(feature: FeatureDefinition) -> str:
    """A name that no expression can take for a column of its own row."""
    return identifier(f"feature {feature.name}")
