"""Every way an experiment changes."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.errors import Conflict
from apps.tracking import events
from apps.tracking.models import Experiment
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
        raise Conflict(f"There is an experiment named {name!r} already; it may have been put aside.") from None


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
