"""What other rooms may ask about an approval."""

from collections.abc import Collection
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

    def headings(self, references: Collection[str]) -> dict[str, tuple[str, str]]:
        approvals = {reference.partition(" condition ")[0] for reference in references}
        rows = Condition.objects.filter(approval__reference__in=approvals).select_related("approval")
        return {row.reference: (self.title(row), self.url(row)) for row in rows if row.reference in references}

    def title(self, row: Condition) -> str:
        return row.text

    def url(self, row: Condition) -> str:
        return f"{row.approval.get_absolute_url()}#condition-{row.number}"
