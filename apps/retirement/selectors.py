"""Reads of retirements that need thought."""

from apps.approvals.models import Approval
from apps.retirement.models import Retirement


def approval_of(retirement: Retirement) -> Approval | None:
    """The newest request to approve a retirement."""
    rows = Approval.objects.filter(subject_kind="retirement", subject_reference=retirement.reference)
    return rows.order_by("-pk").first()


def stands(retirement: Retirement) -> bool:
    """Whether what was approved still counts: a suspended approval retires nothing."""
    approval = approval_of(retirement)
    return approval is not None and approval.granted
