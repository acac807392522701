"""What earlier rooms may ask about a job: the ledger and who reads it."""

from collections.abc import Collection
from typing import Any

from apps.core.subjects import Subject
from apps.jobs.models import Job


class JobSubject(Subject):
    kind = "job"
    model = Job  # type: ignore[assignment]  # not governed: see the model

    def find(self, reference: str) -> Any:
        return Job.objects.get(pk=reference)

    def title(self, row: Job) -> str:
        return row.title

    def headings(self, references: Collection[str]) -> dict[str, tuple[str, str]]:
        return {str(job.pk): (self.title(job), self.url(job)) for job in Job.objects.filter(pk__in=references)}
