"""Every way a run itself changes: begun, ended, resumed, renamed, put aside and taken back."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.errors import RuleViolated
from apps.tracking import events, holding
from apps.tracking.facts import Batch
from apps.tracking.models import Experiment, Logbook, Run
from apps.tracking.naming import given_name
from apps.tracking.services.experiments import refuse_put_aside as refuse_inactive
from apps.tracking.services.logbooks import NAME_TAG, locked_book, refuse_others, refuse_put_aside, seal, write
from apps.tracking.services.redocumenting import document_again

Status = Run.Status


def start_run(
    *,
    actor: User,
    experiment: Experiment,
    now: datetime,
    name: str = "",
    started_ms: int | None = None,
    claimed_user: str = "",
    tags: Mapping[str, str] | None = None,
) -> Run:
    """Begin to record a run. It is given a name where it has none.

    Raises:
        RuleViolated: the experiment was put aside, or the name is said in two ways.
    """
    tags = dict(tags or {})
    refuse_inactive(experiment)
    if name and tags.get(NAME_TAG, name) != name:
        raise RuleViolated(f"The run's name is '{name}' and its tag mlflow.runName '{tags[NAME_TAG]}'. Say one.")
    reference = uuid.uuid4().hex
    name = name or tags.get(NAME_TAG) or given_name(reference)
    new = Run(
        reference=reference,
        experiment=experiment,
        name=name,
        started_by=actor,
        claimed_user=claimed_user,
        started_ms=int(now.timestamp() * 1000) if started_ms is None else started_ms,
        begun_at=now,
    )
    with transaction.atomic():
        with act(events.RUN_STARTED, actor=actor, creates=new, now=now) as run:
            pass
        book = Logbook(run=run)
        write(book, Batch(tags={**tags, NAME_TAG: name}), actor, new=True)
    run.logbook = book
    return run


def update_run(
    *,
    actor: User,
    reference: str,
    now: datetime,
    status: str | None = None,
    ended_ms: int | None = None,
    name: str | None = None,
) -> Run:
    """End a run, resume it, or give it another name. Its end names the digest of all that it logged.

    Raises:
        Run.DoesNotExist: there is none, or `actor` may not know of it.
        RuleViolated: it was put aside.
    """
    with transaction.atomic():
        book = locked_book(actor, reference)
        run = book.run
        refuse_put_aside(run)
        if run.is_open:
            refuse_others(actor, run)
        if name and name != run.name:
            run = _rename(actor, run, book, name, now)
        if status is not None:
            run = _move(actor, run, book, Status(status), ended_ms, now)
            if not run.is_open:
                document_again(actor=actor, run=run, now=now)
        run.logbook = book
        return run


def _rename(actor: User, run: Run, book: Logbook, name: str, now: datetime) -> Run:
    with act(events.RUN_RENAMED, actor=actor, subject=run, now=now) as run:
        write(book, Batch(tags={NAME_TAG: name}), actor)
        run.name = name
        if not run.is_open:
            run.digest, run.entries = book.head, book.entries
        run.save()
        return run


def _move(actor: User, run: Run, book: Logbook, status: Status, ended_ms: int | None, now: datetime) -> Run:
    ends = status in Run.ENDED
    event = events.RUN_ENDED if ends else events.RUN_RESUMED
    if not ends and run.status == status:
        return run  # a client says RUNNING of what is running; nothing happened
    with act(event, actor=actor, subject=run, now=now) as run:
        run.move_to(status)
        run.ended_ms = (ended_ms or int(now.timestamp() * 1000)) if ends else None
        run.closed_at = now if ends else None
        seal(run, book)
        return run


def put_aside(*, actor: User, reference: str, now: datetime) -> Run:
    """Have a run not count any more. All that it logged is kept, and named by its digest.

    Raises:
        RuleViolated: something rests on it.
    """
    with transaction.atomic():
        book = locked_book(actor, reference)
        if book.run.put_aside_at is not None:
            return book.run
        reasons = holding.reasons(Run.objects.filter(pk=book.run_id))
        if reasons:
            raise RuleViolated(f"This run can't be deleted: {' '.join(reasons)}")
        with act(events.RUN_DELETED, actor=actor, subject=book.run, now=now) as run:
            run.put_aside_at = now
            seal(run, book)
            return run


def take_back(*, actor: User, reference: str, now: datetime) -> Run:
    """Have a run that was put aside count again."""
    with transaction.atomic():
        book = locked_book(actor, reference)
        if book.run.put_aside_at is None:
            return book.run
        with act(events.RUN_RESTORED, actor=actor, subject=book.run, now=now) as run:
            run.put_aside_at = None
            run.save()
            return run
