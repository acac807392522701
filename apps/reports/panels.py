"""What reports put on other rooms' pages."""

from typing import Any

from apps.jobs.models import Job
from apps.reports.models import Document
from apps.reports.printing import TEMPLATE_VERSION
from apps.reports.services import REPORT_JOB
from apps.validations.models import Validation


def signed_report(validation: Validation, user: Any) -> dict[str, Any] | None:
    """A concluded validation's report to take away, and how far its PDF is."""
    if validation.status != Validation.Status.CONCLUDED:
        return None
    kept = Document.objects.filter(
        kind_of_document=Document.Kind.VALIDATION_REPORT,
        subject_reference=validation.reference,
        template_version=TEMPLATE_VERSION,
    )
    jobs = Job.objects.filter(kind=REPORT_JOB, subject_reference=validation.reference).visible_to(user)
    return {"validation": validation, "document": kept.first(), "job": jobs.first()}
