"""Closing windows: asked for by a person, a program or the calendar; measured by a job; kept edition by edition."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.canonical import digest
from apps.core.errors import BadInput
from apps.deployments.models import Deployment
from apps.deployments.selectors import approved_uses
from apps.files.models import Blob
from apps.files.services import store_bytes
from apps.inventory.models import Model
from apps.jobs.errors import CannotBeDone
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue
from apps.monitoring import events
from apps.monitoring.models import Plan, Window, WindowResult
from apps.monitoring.reference import Reference, frozen_profile, reference_of
from apps.monitoring.services.alerts import raise_alerts
from apps.monitoring.services.plans import require_watched
from apps.monitoring.windows.boundaries import USES, Signal, outside, population, unapproved
from apps.monitoring.windows.gathering import Gathered, gather
from apps.monitoring.windows.judging import readings, signals, worst
from apps.monitoring.windows.measuring import measured
from apps.monitoring.windows.standing import APPROVED, RUNNING, Standing
from apps.monitoring.windows.uses import folded

CLOSE = "monitoring.close_window"
ALL_USES = ""
OF_ROWS = (USES, RUNNING, APPROVED)  # in the section of all uses these tell of rows that say for no use


def close_window(
    *, actor: User, model: Model, start: datetime, end: datetime, now: datetime, plan: Plan | None = None
) -> Job:
    """Ask for a window to be closed now, or to be closed again because outcomes came late.

    Args:
        plan: by which; the newest one unless another is named.

    Raises:
        BadInput: it ends before it starts, or is not over yet.
        RuleViolated: the model is not watched.
    """
    if end <= start:
        raise BadInput(errors={"end": ["A window ends after it starts."]})
    if end > now:
        raise BadInput(errors={"end": ["It lies in the future: a window is closed once it is over."]})
    newest = require_watched(model)
    plan = plan or newest
    span = {"start": start.isoformat(), "end": end.isoformat()}
    with act(events.WINDOW_ASKED, actor=actor, subject=plan, now=now, note=f"{span['start']} to {span['end']}"):
        return enqueue(
            CLOSE,
            now=now,
            requested_by=actor,
            subject_kind=plan.kind,
            subject_reference=plan.reference,
            root_reference=model.reference,
            once=name_of(plan, start, end),
            plan=plan.reference,
            **span,
        )


def name_of(plan: Plan, start: datetime, end: datetime) -> str:
    """The name of the job that closes this window: one of them is live at a time."""
    return f"{CLOSE} {plan.reference} {start.isoformat()} {end.isoformat()}"


@dataclass(frozen=True)
class Section:
    """What one use's rows showed."""

    use: str
    summary: dict[str, Any]
    results: list[dict[str, Any]]
    counts: dict[str, Any]
    signals: list[Signal]


@dataclass(frozen=True)
class Closed:
    """What the work found."""

    gathered: Gathered
    sections: list[Section]
    counts: Blob


def work(run: Run) -> Closed:
    """Gather the window's rows, measure them use by use, and hold them beside the limits. Slow."""
    plan, (start, end) = _plan(run), _span(run)
    reference = reference_of(plan)
    run.progress(0.1, "Gathering the rows")
    gathered = gather(plan, reference, start, end)
    if not gathered.rows.num_rows:
        elsewhere = f" {gathered.elsewhere:,} are of other versions." if gathered.elsewhere else ""
        raise CannotBeDone(
            f"No prediction of {plan.version.reference} lies from {start:%d %b %Y} to {end:%d %b %Y}.{elsewhere}"
        )
    judge = _Judge(plan, reference)
    uses = list(gathered.uses)
    wanted = uses if len(uses) == 1 else [ALL_USES, *(use for use in uses if use != ALL_USES)]
    sections = []
    for place, use in enumerate(wanted):
        run.progress(0.2 + 0.7 * place / len(wanted), f"Measuring {use or 'all uses'}")
        together = len(uses) > 1 and use == ALL_USES
        sections.append(judge.section(gathered, use, together=together))
    counts = store_bytes(json.dumps({section.use: section.counts for section in sections}).encode())
    return Closed(gathered, sections, counts)


class _Judge:
    """Measures and judges a window's uses by one plan."""

    def __init__(self, plan: Plan, reference: Reference):
        self.plan, self.reference = plan, reference
        self.version = plan.version.reference
        self.frozen = frozen_profile(plan)
        self.limits = plan.policy.rules
        newest = Deployment.objects.deciding().filter(version=plan.version).select_related("approval")
        released = newest.order_by("-pk").first()
        self.approval = released.approval if released else None
        self.approved = approved_uses(self.approval)
        self.standing = Standing(plan.version, self.approval)

    def section(self, gathered: Gathered, use: str, *, together: bool) -> Section:
        """One use's rows, or (`together`) all of them."""
        rows = gathered.rows if together else gathered.of_use(use)
        labelled = rows.filter(_present(rows, self.reference.spec.target))
        found = measured(rows, labelled, self.reference, self.frozen)
        read = readings(self.limits, found.results, rows.num_rows)
        raised = signals(self.limits, found.results, read, use)
        raised += self._population(rows, use, found.profile)
        unsaid = gathered.uses[use][0] if use in gathered.uses and not self._is_approved(use) else 0
        raised += [self._unapproved(use, unsaid)] if unsaid else []
        raised += self.standing.signals(gathered.of_use(use), use)
        summary = {
            "use": use,
            "together": together,
            "approved": together or self._is_approved(use),
            "predictions": rows.num_rows,
            "outcomes": labelled.num_rows,
            "level": worst([*(reading.level for reading in read), *(signal.level for signal in raised)]),
            "readings": [reading.as_dict() for reading in read],
            "signals": [
                {"indicator": s.indicator, "level": s.level, "sentence": s.sentence}
                for s in sorted(raised, key=lambda signal: signal.level)
            ],
        }
        return Section(use, summary, found.results, found.counts, raised)

    def _population(self, rows: Any, use: str, profile: Any) -> list[Signal]:
        where = outside(self.frozen, profile, self.reference.spec.features)
        signal = population(rows, where, self.reference, self.version, use)
        return [signal] if signal and rows.num_rows >= self.limits.window.min_rows else []

    def _unapproved(self, use: str, n: int) -> Signal:
        approval = self.approval.reference if self.approval else "No approval"
        return unapproved(use, n, self.version, approval, self.approved)

    def _is_approved(self, use: str) -> bool:
        return folded(use) in {folded(name) for name in self.approved}


def _to_raise(sections: list[Section]) -> dict[str, list[Signal]]:
    """Each use's signals; of all uses together those that no single use shows, as each may have too few rows."""
    apart = {signal.indicator for section in sections if section.use != ALL_USES for signal in section.signals}
    return {
        section.use: [s for s in section.signals if section.use or s.indicator in OF_ROWS or s.indicator not in apart]
        for section in sections
    }


def commit(run: Run, found: Closed) -> dict[str, Any]:
    """Keep the window as its next edition, and raise what it shows. The same rows again are the same edition."""
    plan, (start, end), now = lock(_plan(run)), _span(run), timezone.now()
    editions = Window.objects.filter(plan=plan, start=start, end=end).order_by("-edition")
    last = editions.first()
    if last is not None and last.sources == found.gathered.sources:
        return {"window": last.reference, "edition": last.edition, "level": last.level, "alerts": []}
    results = [{**result, "use": section.use} for section in found.sections for result in section.results]
    shown = [section.summary for section in found.sections]
    new = Window(
        plan=plan,
        start=start,
        end=end,
        edition=last.edition + 1 if last else 1,
        predictions=found.gathered.rows.num_rows,
        outcomes=sum(known for _, known in found.gathered.uses.values()),
        level=worst([section["level"] for section in shown]),
        sections=shown,
        counts=found.counts,
        sources=found.gathered.sources,
        results_digest=digest(results),
        closed_at=now,
    )
    system, cause = User.objects.system(), events.WINDOW_ASKED.verb
    with act(events.WINDOW_CLOSED, actor=system, creates=new, now=now, cause=cause) as window:
        WindowResult.objects.bulk_create(
            [WindowResult.of(result, window=window) for result in results], batch_size=500
        )
    alerts = raise_alerts(window, _to_raise(found.sections), now)
    told = [alert.reference for alert in alerts]
    return {"window": window.reference, "edition": window.edition, "level": window.level, "alerts": told}


def _present(rows: Any, target: str | None) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pa.array([False] * rows.num_rows) if target is None else pc.is_valid(rows.column(target))


def _plan(run: Run) -> Plan:
    rows = Plan.objects.select_related("model", "version__model", "evaluation", "policy")
    return rows.get(reference=run.parameters["plan"])


def _span(run: Run) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(run.parameters["start"]), datetime.fromisoformat(run.parameters["end"])
