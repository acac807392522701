"""What earlier rooms may ask about policies."""

from typing import Any

from apps.core.subjects import Subject
from apps.policies.models import Policy, PolicyVersion


class PolicySubject(Subject):
    kind = "policy"
    model = Policy


class PolicyVersionSubject(Subject):
    kind = "policyversion"
    model = PolicyVersion
    TITLE_OF = ("policy",)

    def conflicts(self, row: Any, user: Any) -> str | None:
        return "You wrote it, so somebody else has to judge it." if row.author_id == user.pk else None

    def snapshot(self, row: Any) -> dict[str, Any]:
        return {"policy_version": row.reference, "digest": row.digest}
