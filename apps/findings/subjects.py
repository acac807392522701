"""What earlier rooms may ask about a finding."""

from apps.core.subjects import Subject
from apps.findings.models import Finding


class FindingSubject(Subject):
    kind = "finding"
    model = Finding
