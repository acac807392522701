"""Whose a pipeline is and whether anything starts it; the files that its texts name."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.errors import RuleViolated
from apps.files.models import Blob
from apps.inventory.models import Model
from apps.pipelines import events
from apps.pipelines.models import CodeFile, Pipeline

Status = Pipeline.Status


def pause(*, actor: User, pipeline: Pipeline, now: datetime, note: str = "", revision: int | None = None) -> Pipeline:
    """Let nothing start it until it is resumed; what runs goes on."""
    with act(
        events.PIPELINE_PAUSED, actor=actor, subject=pipeline, now=now, note=note, expected_revision=revision
    ) as pipeline:
        pipeline.move_to(Status.PAUSED)
        pipeline.save()
        return pipeline


def resume(
    *, actor: User, pipeline: Pipeline, now: datetime, note: str = "", revision: int | None = None
) -> Pipeline:
    """Let it start again. What would have started it meanwhile is not made up for."""
    with act(
        events.PIPELINE_RESUMED, actor=actor, subject=pipeline, now=now, note=note, expected_revision=revision
    ) as pipeline:
        pipeline.move_to(Status.ACTIVE)
        pipeline.save()
        return pipeline


def take_over(
    *, actor: User, pipeline: Pipeline, now: datetime, note: str = "", revision: int | None = None
) -> Pipeline:
    """Become the owner: steps act as oneself from now on, and one counts as a developer of what comes out.

    Nobody makes somebody else the owner, because that would let one act in another's name.

    Raises:
        RuleViolated: it is the actor's already, or has ended.
    """
    with act(
        events.PIPELINE_TAKEN, actor=actor, subject=pipeline, now=now, note=note, expected_revision=revision
    ) as pipeline:
        if pipeline.status == Status.ENDED:
            raise RuleViolated("It has ended, so nothing of it will act as anybody.")
        if pipeline.owner == actor:
            raise RuleViolated("It is yours already.")
        pipeline.owner = actor
        pipeline.save()
        return pipeline


def follow_retirement(model: Model, *, actor: User, now: datetime, cause: str) -> None:
    """A model was retired: nothing is trained for it any more."""
    for row in model.pipelines.exclude(status=Status.ENDED):
        with act(events.PIPELINE_ENDED, actor=actor, subject=row, now=now, cause=cause) as pipeline:
            pipeline.move_to(Status.ENDED)
            pipeline.save()


def send_file(*, actor: User, model: Model, blob: Blob, name: str, now: datetime) -> tuple[CodeFile, bool]:
    """Keep a script or a requirements lock for a model's pipelines to name. The same bytes are kept once.

    Returns:
        The file, and whether it is new.
    """
    with transaction.atomic():
        known = CodeFile.objects.filter(model=model, blob=blob).first()
        if known is not None:
            return known, False
        new = CodeFile(model=model, blob=blob, name=name, sent_by=actor, sent_at=now)
        with act(events.FILE_SENT, actor=actor, creates=new, now=now) as file:
            return file, True
