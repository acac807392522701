"""What earlier rooms may ask about a finding."""

from collections.abc import Collection
from typing import Any

from apps.accounts.models import User
from apps.core import subjects
from apps.core.subjects import Subject
from apps.findings.models import Finding


class FindingSubject(Subject):
    kind = "finding"
    model = Finding

    def conflicts(self, row: Finding, user: User) -> str | None:
        """Who has to mend it, or reported that it is mended; and who may not judge what it is about."""
        if user.pk in (row.responsible_id, row.reported_by_id):
            return "You answer for this finding, so somebody else has to decide."
        subject = subjects.subject_of(row.subject_kind)
        return subject.conflicts(subject.find(row.subject_reference), user)

    def conflicting(self, references: Collection[str], user: Any) -> set[str]:
        rows = list(self.model.objects.filter(reference__in=references))
        about: dict[str, set[str]] = {}
        for row in rows:
            about.setdefault(row.subject_kind, set()).add(row.subject_reference)
        barred = {kind: subjects.subject_of(kind).conflicting(named, user) for kind, named in about.items()}
        return {
            row.reference
            for row in rows
            if user.pk in (row.responsible_id, row.reported_by_id)
            or row.subject_reference in barred[row.subject_kind]
        }
