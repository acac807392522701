"""Whether a version ran, and whether its approval counted, at the moment of each prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apps.approvals.events import APPROVAL_SUSPENDED, SUSPENSION_LIFTED
from apps.approvals.models import Approval
from apps.audit.models import Entry
from apps.core.templatetags.format import day
from apps.deployments.models import Deployment
from apps.inventory.models import ModelVersion
from apps.monitoring.windows.boundaries import Signal
from apps.monitoring.windows.uses import folded

if TYPE_CHECKING:
    import pyarrow as pa

RUNNING, APPROVED = "Running", "Live approval"


@dataclass(frozen=True)
class Span:
    """A stretch of time in which nobody should have decided by a version; without an end, until now."""

    start: datetime
    end: datetime | None
    why: str


def not_running(deployments: Sequence[Deployment], use: str) -> list[Span]:
    """When, since its first release, a version ran nowhere; for a use that it was released for, not for that.

    Args:
        deployments: a version's, where decisions are made, in the order of their beginning.
    """
    own = [row for row in deployments if folded(row.use.name) == folded(use)]
    gaps: list[Span] = []
    last: Deployment | None = None
    for row in own or deployments:
        if last is not None and last.stopped_at is not None and last.stopped_at < row.deployed_at:
            gaps.append(Span(last.stopped_at, row.deployed_at, last.stop_reason))
        if last is None or (last.stopped_at and (row.stopped_at is None or row.stopped_at > last.stopped_at)):
            last = row
    if last is not None and last.stopped_at is not None:
        gaps.append(Span(last.stopped_at, None, last.stop_reason))
    return gaps


def suspended(approval: Approval | None) -> list[Span]:
    """When an approval did not count, as the ledger tells."""
    if approval is None:
        return []
    turns = Entry.objects.filter(
        subject_kind=approval.kind,
        subject_reference=approval.reference,
        verb__in=[APPROVAL_SUSPENDED.verb, SUSPENSION_LIFTED.verb],
    )
    found: list[Span] = []
    for entry in turns.order_by("pk"):
        if entry.verb == APPROVAL_SUSPENDED.verb:
            found.append(Span(entry.occurred_at, None, approval.suspension))
        elif found:
            found[-1] = Span(found[-1].start, entry.occurred_at, found[-1].why)
    return found


class Standing:
    """What a version was allowed to do, and when."""

    def __init__(self, version: ModelVersion, approval: Approval | None):
        self.version, self.approval = version, approval
        rows = Deployment.objects.deciding().filter(version=version).select_related("use")
        self.deployments = list(rows.order_by("deployed_at", "pk"))
        self.suspensions = suspended(approval)

    def signals(self, rows: pa.Table, use: str) -> list[Signal]:
        """What rows of one use, with the `_time` of each, show of a version that should not have decided."""
        name, approval = self.version.reference, self.approval.reference if self.approval else ""
        told = [
            _signal(RUNNING, rows, not_running(self.deployments, use), f"{name} while it did not run: stopped", use),
            _signal(APPROVED, rows, self.suspensions, f"{name} while {approval} did not count: suspended", use),
        ]
        return [signal for signal in told if signal is not None]


def _signal(indicator: str, rows: pa.Table, spans: Sequence[Span], said: str, use: str) -> Signal | None:
    counted = [(_within(rows, span), span) for span in spans]
    n = sum(count for count, _ in counted)
    if not n:
        return None
    _, worst = max(counted, key=lambda pair: pair[0])
    whom = f" for “{use}”" if use else ""
    why = f" ({worst.why.rstrip('.')})" if worst.why else ""
    sentence = f"{n:,} predictions{whom} were made by {said} on {day(worst.start)}{why}."
    return Signal(indicator, "red", "", sentence, {"n": n, "since": worst.start.isoformat()})


def _within(rows: pa.Table, span: Span) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    times = rows.column("_time").cast(pa.timestamp("us"))
    inside = pc.greater_equal(times, pa.scalar(_naive(span.start), pa.timestamp("us")))
    if span.end is not None:
        inside = pc.and_(inside, pc.less(times, pa.scalar(_naive(span.end), pa.timestamp("us"))))
    return pc.sum(inside).as_py() or 0


def _naive(at: datetime) -> datetime:
    """As rows keep their moments: in UTC, unsaid."""
    return at.astimezone(UTC).replace(tzinfo=None)
