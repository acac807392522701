"""Reads of findings that need thought."""

from apps.findings.models import Finding


def blocking_findings(version_reference: str) -> list[Finding]:
    """The open findings that stand in the way of approving a version: its own, and its model's."""
    model_reference = version_reference.partition("@")[0]
    rows = Finding.objects.open().about(version_reference, model_reference).filter(blocking=True)
    return list(rows.order_by("reference"))
