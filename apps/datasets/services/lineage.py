"""Taking in what other systems tell of their jobs."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import BusinessUnit, User
from apps.audit.acts import act, lock
from apps.core.canonical import digest
from apps.datasets import events
from apps.datasets.lineage.openlineage import Event, Told, links_of, read_event
from apps.datasets.models import LineageEvent, LineageLink, LineageRun
from apps.datasets.services.tables import only_unit


def take_in_event(
    *, actor: User, body: dict[str, Any], now: datetime, business_unit: BusinessUnit | None = None
) -> tuple[LineageRun, bool]:
    """Keep an OpenLineage event as it came, and the links that it tells of.

    Events of one run may come in any order and more than once: the newest by the sender's clock says how it stands.

    Args:
        business_unit: whose it is; may be left out by who works in one.

    Returns:
        The run, and whether the event is new.

    Raises:
        BadInput: it is not as OpenLineage has it, or names no business unit where there is a choice.
    """
    event, unit = read_event(body), business_unit or only_unit(actor)
    try:
        return _taken_in(actor, unit, event, body, now)
    except IntegrityError:  # somebody else told of the same at the same moment: now it is known
        return _taken_in(actor, unit, event, body, now)


def _taken_in(
    actor: User, unit: BusinessUnit, event: Event, body: dict[str, Any], now: datetime
) -> tuple[LineageRun, bool]:
    fingerprint = digest(body)
    with transaction.atomic():
        run = LineageRun.objects.filter(business_unit=unit, **_names(event)).first()
        if run is not None and lock(run).events.filter(digest=fingerprint).exists():
            return run, False
        told = {"actor": actor, "now": now, "note": f"sha256 {fingerprint}"}
        if run is None:
            new = _run(actor, unit, event, now)
            with act(events.LINEAGE_TOLD, creates=new, **told) as run:
                _keep(run, event, body, fingerprint, now)
            return run, True
        with act(events.LINEAGE_TOLD, subject=run, **told) as run:
            if event.at >= run.newest_at:
                run.state, run.newest_at = event.type, event.at
            run.save()
            _keep(run, event, body, fingerprint, now)
        return run, True


def _names(event: Event) -> dict[str, str]:
    about = event.job or event.dataset
    assert about is not None  # read_event has seen to it
    return {
        "job_namespace": about.namespace,
        "job_name": about.name,
        "run": str(event.run.run_id) if event.run else "",
    }


def _run(actor: User, unit: BusinessUnit, event: Event, now: datetime) -> LineageRun:
    return LineageRun(
        business_unit=unit,
        **_names(event),
        state=event.type,
        producer=event.producer,
        newest_at=event.at,
        created_by=actor,
        created_at=now,
    )


def _keep(run: LineageRun, event: Event, body: dict[str, Any], fingerprint: str, now: datetime) -> None:
    LineageEvent.objects.create(run=run, digest=fingerprint, type=event.type, at=event.at, received_at=now, body=body)
    links = [
        LineageLink(run=run, source=_joined(source), target=_joined(target), gives=gives, digest=digest(said))
        for source, target, gives in links_of(event)
        for said in [{"source": source, "target": target, "gives": gives}]
    ]
    LineageLink.objects.bulk_create(links, ignore_conflicts=True)


def _joined(told: Told) -> str:
    return f"{told.namespace} {told.name}"
