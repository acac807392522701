"""What follows for evaluations when rows that were scored are erased: their predictions go too, the results stay.

A table of predictions has the ids and the protected columns of the rows it was made of.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from apps.accounts.models import User
from apps.audit.acts import act
from apps.datasets.models import DatasetVersion
from apps.evaluations import events
from apps.evaluations.models import Evaluation
from apps.files.removing import ask_removal, lets_go

OF = {"predictions": "evaluation_data", "reference_predictions": "reference_data"}


def register() -> None:
    """Say that erased predictions hold no bytes; called once, in AppConfig.ready()."""
    for column in OF:
        lets_go(Evaluation, Q(**{f"{column}_erased_at__isnull": False}), column)


def erase_predictions(version: DatasetVersion, *, actor: User, now: datetime, cause: str) -> None:
    """Have the predictions that were made of an erased table removed, with an event for each evaluation."""
    going: dict[str, set[str]] = {}
    for evaluation, column in _made_of(version):
        with act(
            events.PREDICTIONS_ERASED, actor=actor, subject=evaluation, now=now, cause=cause, note=version.why_gone()
        ) as evaluation:
            setattr(evaluation, f"{column}_erased_at", now)
            evaluation.save()
        going.setdefault(evaluation.reference, set()).add(getattr(evaluation, f"{column}_id"))
    digests = set[str]().union(*going.values())
    if digests:
        ask_removal(digests, reason=f"Made of {version.reference}: {version.gone_because}", now=now)


def _made_of(version: DatasetVersion) -> Iterator[tuple[Evaluation, str]]:
    """Evaluations with predictions of the table, and which: by what was measured on it, or by what is named now."""
    measured = Q(results__dataset_digest=version.digest)
    for column, field in OF.items():
        named = Q(**{f"version__metadata__{field}": version.reference})
        rows = Evaluation.objects.filter(named | measured if column == "predictions" else named)
        there = {f"{column}__isnull": False, f"{column}_erased_at__isnull": True}
        for evaluation in rows.filter(**there).distinct().order_by("pk"):
            yield evaluation, column
