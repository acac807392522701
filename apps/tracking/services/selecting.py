"""Choosing a run by a criterion that is said beforehand, and kept with everything it was held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.canonical import digest
from apps.core.errors import BadInput, RuleViolated
from apps.tracking import events
from apps.tracking.models import Considered, Experiment, LatestMetric, Run, Selection
from apps.tracking.search.runs import searched
from apps.tracking.services.bulk import insert

Direction = Selection.Direction
A_TIME = 2_000  # rows in one statement
NONE_ENDED = "No run of this experiment has ended yet, so there is none to choose."


@dataclass
class Looked:
    """A run as a selection sees it."""

    run: Run
    value: float | None
    passes: bool
    rank: int | None = None

    def told(self) -> list[object]:
        return [self.run.reference, self.run.digest, self.value, self.passes, self.rank]


def select_run(
    *,
    actor: User,
    experiment: Experiment,
    objective: str,
    direction: str,
    now: datetime,
    constraints: str = "",
    reason: str = "",
) -> Selection:
    """Choose the best of an experiment's finished runs.

    Best is the highest (or lowest) last value of the objective among those that pass the constraints and have a
    value; of equals the one that started last, then the lower id.

    Raises:
        BadInput: the constraints can't be read, or no run passes them with a value.
        RuleViolated: no run has finished yet.
    """
    looked = look_over(experiment, objective, direction, constraints)
    ranked = sorted((one for one in looked if one.rank), key=lambda one: one.rank or 0)
    if not ranked:
        raise BadInput(errors=_nobody(looked, objective))
    values = [one.value for one in ranked if one.value is not None]
    criterion = {"objective": objective, "direction": direction, "constraints": constraints}
    new = Selection(
        experiment=experiment,
        **criterion,
        reason=reason,
        considered=len(looked),
        eligible=len(ranked),
        digest=digest({**criterion, "runs": [one.told() for one in looked]}),
        run=ranked[0].run,
        value=values[0],
        margin=abs(values[0] - values[1]) if len(values) > 1 else None,
        made_by=actor,
        made_at=now,
    )
    with act(events.RUN_SELECTED, actor=actor, creates=new, now=now, note=reason) as selection:
        _keep(selection, looked)
        return selection


def look_over(experiment: Experiment, objective: str, direction: str, constraints: str) -> list[Looked]:
    """Every finished run that counts, with its value, whether it passes, and its rank; the best first.

    Raises:
        BadInput: the constraints can't be read.
        RuleViolated: there is none.
    """
    rows = Run.objects.filter(experiment=experiment, put_aside_at=None, status=Run.Status.FINISHED)
    try:
        passing = set(searched(rows, constraints, []).values_list("pk", flat=True))
    except BadInput as refusal:
        raise BadInput(errors={"constraints": [str(refusal)]}) from None
    logged = LatestMetric.objects.filter(run__in=rows, key=objective, is_nan=False)
    values = dict(logged.values_list("run_id", "value"))
    runs = rows.order_by("-started_ms", "reference")
    looked = [Looked(run, values.get(run.pk), run.pk in passing) for run in runs]
    if not looked:
        raise RuleViolated(NONE_ENDED)
    sign = -1 if direction == Direction.HIGHEST else 1
    eligible = [one for one in looked if one.passes and one.value is not None]
    eligible.sort(key=lambda one: sign * (one.value or 0.0))  # stable: of equals the one that started last
    for rank, one in enumerate(eligible, start=1):
        one.rank = rank
    return [*eligible, *(one for one in looked if one.rank is None)]


def _nobody(looked: Sequence[Looked], objective: str) -> dict[str, list[str]]:
    if not any(one.value is not None for one in looked):
        return {"objective": [f"None of the {len(looked)} finished runs has a value of {objective!r}."]}
    passing = sum(one.passes for one in looked)
    return {"constraints": [f"{passing} of {len(looked)} finished runs pass, none of them with a value to compare."]}


def _keep(selection: Selection, looked: Sequence[Looked]) -> None:
    rows = [
        Considered(
            selection=selection,
            run=one.run,
            digest=one.run.digest,
            value=one.value,
            passes=one.passes,
            rank=one.rank,
        )
        for one in looked
    ]
    for first in range(0, len(rows), A_TIME):
        insert(rows[first : first + A_TIME])


def chosen(runs: "QuerySet[Run]") -> str:
    """That one of `runs` was chosen by a selection, which would rest on nothing without it."""
    found = Selection.objects.filter(run__in=runs).order_by("pk").first()
    return "" if found is None else f"It was chosen by {found.reference}."
