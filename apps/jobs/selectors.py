"""What one may know about jobs and about those who do them."""

from datetime import datetime, timedelta

from apps.jobs.models import Heartbeat, Job

SILENT_AFTER = timedelta(seconds=30)


def missing(kind: str, now: datetime) -> str:
    """A sentence where no process of that kind has been seen lately, else ""."""
    alive = Heartbeat.objects.filter(kind=kind, seen_at__gte=now - SILENT_AFTER).exists()
    return "" if alive else f"No {kind} has been seen for {SILENT_AFTER.seconds} seconds."


def latest_of(kind: str, reference: str, *kinds: str) -> Job | None:
    """The youngest job about a subject, of the given kinds of work if any are given."""
    jobs = Job.objects.filter(subject_kind=kind, subject_reference=reference)
    return (jobs.filter(kind__in=kinds) if kinds else jobs).order_by("-created_at").first()
