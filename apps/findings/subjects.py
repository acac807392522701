"""What earlier rooms may ask about a finding."""

from collections.abc import Collection

from apps.core import subjects
from apps.core.subjects import Barred, Subject
from apps.findings.models import Finding


class FindingSubject(Subject):
    kind = "finding"
    model = Finding

    def parts(self, references: Collection[str]) -> Barred:
        """Who has to mend it, or reported that it is mended; and who may not judge what it is about."""
        rows = list(Finding.objects.filter(reference__in=references))
        about = subjects.parts((row.subject_kind, row.subject_reference) for row in rows)
        return {row.reference: {**about.get(row.subject_reference, {}), **_answering(row)} for row in rows}


def _answering(row: Finding) -> dict[int, str]:
    people = filter(None, (row.responsible_id, row.reported_by_id))
    return dict.fromkeys(people, "You answer for this finding, so somebody else has to decide.")
