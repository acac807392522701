"""The rows of a view's version over a version of its source, as joins and materialisations take them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tables import table_path
from apps.features.joining import Chosen, Rows
from apps.features.joining.preparing import compute, prepare
from apps.features.models import FeatureViewVersion
from apps.features.statements.checking import computed


def rows_of(
    version: FeatureViewVersion,
    source: DatasetVersion,
    prepared: Path,
    *,
    features: Collection[str] | None = None,
    keys: Mapping[str, str] | None = None,
    prefix: str = "",
    tried: bool = False,
) -> Rows:
    """The source as it is, where expressions are of one row each; else what the view's SQL gives, in `prepared`.

    Args:
        features: by name; all of them by default.
        keys: the labels' column for each key, where rows are to be matched with labels.
        tried: whether SQL over many rows is tried without what came later; see `joining.preparing`.

    Raises:
        Leak: it is tried, and looks ahead.
    """
    definition, path = version.definition, table_path(source)
    chosen = [one for one in definition.features if features is None or one.name in features]
    if computed(definition):
        if tried:
            prepare(definition, version.reference, path, prepared)
        else:
            compute(definition, definition.features, path, prepared)
        path, chosen = prepared, [one.model_copy(update={"expression": None}) for one in chosen]
    return Rows(
        view=version.reference,
        path=path,
        keys=keys or {key: key for key in definition.keys},
        event=definition.event_time,
        created=definition.created_time,
        ttl=definition.lifetime,
        chosen=tuple(Chosen(one, f"{prefix}{one.name}") for one in chosen),
    )
