"""What a run has to say for the documentation of a model version."""

import json
from typing import Any

from apps.tracking.models import DataInput, Run
from apps.tracking.selectors.tables import METRICS, PARAMS, TAGS, logged

COMMIT, SOURCE, NOTEBOOK = "mlflow.source.git.commit", "mlflow.source.name", "mlflow.databricks.notebookPath"
ESTIMATOR = ("estimator_class", "estimator_name")
TRAINING = {"train", "training"}


def documentation_of(run: Run) -> dict[str, Any]:
    """Version metadata that follow from a run: where it was trained, by which code, on which data, how, how well.

    A metric that is no number is left out, since a record can't hold it; the run shows it.
    """
    known = logged(run.logbook)  # type: ignore[attr-defined]
    tags = known[TAGS]
    said = {
        "training_run": run.reference,
        "parameters": known[PARAMS],
        "training_metrics": {key: value for key, value in known[METRICS].items() if not isinstance(value, str)},
        "code_version": tags.get(COMMIT, ""),
        "algorithm": next((tags[name] for name in ESTIMATOR if tags.get(name)), ""),
        "training_data": training_data(run),
    }
    return {name: value for name, value in said.items() if value}


def training_data(run: Run) -> str:
    """The dataset version that the run was trained on, where exactly one is known of."""
    rows = DataInput.objects.filter(run=run, version__isnull=False).select_related("version")
    read = [row for row in rows if row.context in TRAINING] or list(rows)
    references = {row.version.reference for row in read if row.version is not None}
    return references.pop() if len(references) == 1 else ""


def code_of(run: Run) -> list[tuple[str, str]]:
    """Where the run's code is: its file or notebook, commit and branch, and what else a client says of it."""
    tags = logged(run.logbook)[TAGS]  # type: ignore[attr-defined]
    named = (
        ("Source", SOURCE),
        ("Notebook", NOTEBOOK),
        ("Kind of source", "mlflow.source.type"),
        ("Commit", COMMIT),
        ("Branch", "mlflow.source.git.branch"),
        ("Repository", "mlflow.source.git.repoURL"),
    )
    return [(label, tags[tag]) for label, tag in named if tags.get(tag)]


def described(source: str) -> str:
    """A data input's source in words, where it is JSON that names an address."""
    try:
        said = json.loads(source)
    except ValueError:
        return source
    found = next((said[name] for name in ("uri", "url", "path") if isinstance(said, dict) and said.get(name)), source)
    return str(found)
