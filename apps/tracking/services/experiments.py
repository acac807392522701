"""Every way an experiment changes."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.errors import Conflict, RuleViolated
from apps.core.events import Event
from apps.tracking import events, holding
from apps.tracking.models import Experiment, Run
from apps.tracking.selectors.experiments import first_unit

Status = Experiment.Status


def create_experiment(
    *, actor: User, name: str, now: datetime, tags: Mapping[str, str] | None = None, unit_id: int | None = None
) -> Experiment:
    """Begin an experiment, in the unit where the actor works first of all unless another is named.

    Raises:
        Conflict: the unit has one of that name, which may have been put aside; also where two ask at once.
    """
    new = Experiment(
        name=name,
        business_unit_id=first_unit(actor) if unit_id is None else unit_id,
        tags=dict(tags or {}),
        created_by=actor,
        created_at=now,
        changed_at=now,
    )
    try:
        with transaction.atomic(), act(events.EXPERIMENT_CREATED, actor=actor, creates=new, now=now) as experiment:
            return experiment
    except IntegrityError:
        raise _taken(name) from None


def default_experiment(*, actor: User, now: datetime) -> Experiment:
    """The experiment of runs that name none: one for each business unit, made when it is first needed."""
    known = {"name": Experiment.DEFAULT_NAME, "business_unit_id": first_unit(actor)}
    found = Experiment.objects.filter(**known).first()
    if found is not None:
        return found
    try:
        return create_experiment(actor=actor, name=Experiment.DEFAULT_NAME, now=now)
    except Conflict:
        return Experiment.objects.get(**known)


def rename_experiment(*, actor: User, experiment: Experiment, name: str, now: datetime) -> Experiment:
    """Give an experiment another name.

    Raises:
        Conflict: its unit has one of that name.
        RuleViolated: it was put aside.
    """
    refuse_put_aside(experiment)
    try:
        with transaction.atomic(), act(events.EXPERIMENT_RENAMED, actor=actor, subject=experiment, now=now) as row:
            row.name, row.changed_at = name, now
            row.save()
            return row
    except IntegrityError:
        raise _taken(name) from None


def tag_experiment(*, actor: User, experiment: Experiment, key: str, value: str | None, now: datetime) -> Experiment:
    """Set a tag of an experiment; None takes it away."""
    refuse_put_aside(experiment)
    with act(events.EXPERIMENT_TAGGED, actor=actor, subject=experiment, now=now) as experiment:
        others = {other: text for other, text in experiment.tags.items() if other != key}
        experiment.tags = others if value is None else {**others, key: value}
        experiment.changed_at = now
        experiment.save()
        return experiment


def put_aside(*, actor: User, experiment: Experiment, now: datetime) -> Experiment:
    """Have an experiment and its runs not count any more; all is kept, and its name stays taken.

    Raises:
        RuleViolated: something rests on one of its runs.
    """
    reasons = holding.reasons(Run.objects.filter(experiment=experiment))
    if reasons:
        raise RuleViolated(f"This experiment can't be deleted: {' '.join(reasons)}")
    return _move(events.EXPERIMENT_DELETED, Status.DELETED, actor, experiment, now)


def take_back(*, actor: User, experiment: Experiment, now: datetime) -> Experiment:
    """Have an experiment that was put aside count again, with its runs."""
    return _move(events.EXPERIMENT_RESTORED, Status.ACTIVE, actor, experiment, now)


def refuse_put_aside(experiment: Experiment) -> None:
    """Raises RuleViolated for an experiment that does not count at present."""
    if experiment.status != Status.ACTIVE:
        raise RuleViolated(f"The experiment {experiment.protocol_id} must be in the 'active' state.")


def _move(event: Event, status: str, actor: User, experiment: Experiment, now: datetime) -> Experiment:
    with act(event, actor=actor, subject=experiment, now=now) as experiment:
        experiment.move_to(status)
        experiment.changed_at = now
        experiment.save()
        return experiment


def _taken(name: str) -> Conflict:
    return Conflict(f"There is an experiment named {name!r} already; it may have been put aside.")
