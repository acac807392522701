"""What other rooms may ask about an approval."""

from typing import Any

from apps.approvals.models import Approval, Condition
from apps.core.subjects import Subject


class ApprovalSubject(Subject):
    kind = "approval"
    model = Approval

    def title(self, row: Approval) -> str:
        return row.title


class ConditionSubject(Subject):
    """A condition is found by its approval's reference and its number: "APR-0001 condition 2"."""

    kind = "condition"
    model = Condition

    def find(self, reference: str) -> Any:
        approval, _, number = reference.partition(" condition ")
        return Condition.objects.select_related("approval").get(approval__reference=approval, number=int(number))

    def title(self, row: Condition) -> str:
        return row.text

    def url(self, row: Condition) -> str:
        return f"{row.approval.get_absolute_url()}#condition-{row.number}"
