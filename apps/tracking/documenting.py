"""What a run and a logged model say of a version, as the version's metadata."""

import json
import math
from collections.abc import Iterable
from typing import Any

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.tracking.flavours import Description
from apps.tracking.models import Logbook, LoggedModel, Run
from apps.tracking.selectors.sources import Source

COMMIT_TAG = "mlflow.source.git.commit"
ESTIMATOR_TAG = "estimator_name"
TRAINED_ON = ("", "train", "training")
TESTED_ON = ("eval", "evaluation", "test", "testing", "validation")
LONGEST_TEXT = 200


def documented(user: User, source: Source, description: Description) -> dict[str, Any]:
    """Parameters, metrics, code, data and columns of a version; what isn't known is left open."""
    book = Logbook.objects.filter(run=source.run).first() if source.run else None
    tags = _by_key(book.tags) if book else {}
    said = {
        "parameters": {**(_by_key(book.params) if book else {}), **(source.model.params if source.model else {})},
        "training_metrics": _figures(source.model, book),
        "training_run": source.run.reference if source.run else None,
        "code_version": tags.get(COMMIT_TAG),
        "algorithm": tags.get(ESTIMATOR_TAG) or _algorithm(description, source.model),
        "inputs": description.inputs,
        **(_tables(user, source.run) if source.run else {}),
    }
    return {name: value for name, value in said.items() if value not in (None, "", [], {}) and _fits(value)}


def _by_key(text: str) -> dict[str, str]:
    return {one["key"]: one["value"] for one in json.loads(text)}


def _figures(model: LoggedModel | None, book: Logbook | None) -> dict[str, float]:
    """The last value of each metric: the model's own, or the run's where the model has none."""
    own = {row.key: row.value for row in model.metrics.order_by("pk") if not row.is_nan} if model else {}
    if not own and book:
        own = {one["key"]: one["value"] for one in json.loads(book.metrics)}
    return {
        key: float(value)
        for key, value in own.items()
        if not isinstance(value, str) and math.isfinite(value) and len(key) <= LONGEST_TEXT
    }


def _algorithm(description: Description, model: LoggedModel | None) -> str:
    named = [name for name in description.flavours if name != "python_function"]
    return (model.model_type if model else "") or ", ".join(sorted(named))


def _tables(user: User, run: Run) -> dict[str, str]:
    """The tables that the run read, where they are known by digest or name."""
    rows = list(run.data_inputs.exclude(version=None).order_by("place"))
    seen = DatasetVersion.objects.visible_to(user).filter(pk__in=[row.version_id for row in rows])
    references = {version.pk: version.reference for version in seen if not version.gone}
    read = [(row.context.lower(), references[row.version_id]) for row in rows if row.version_id in references]
    return dict(_of_use(read, [("training_data", TRAINED_ON), ("evaluation_data", TESTED_ON)]))


def _of_use(read: list[tuple[str, str]], fields: Iterable[tuple[str, tuple[str, ...]]]) -> Iterable[tuple[str, str]]:
    for name, contexts in fields:
        found = next((reference for context, reference in read if context in contexts), None)
        if found:
            yield name, found


def _fits(value: Any) -> bool:
    return not isinstance(value, str) or len(value) <= LONGEST_TEXT
