"""What earlier rooms may ask about policies."""

from collections.abc import Collection
from typing import Any

from apps.core.subjects import Barred, Subject
from apps.policies.models import Policy, PolicyVersion


class PolicySubject(Subject):
    kind = "policy"
    model = Policy


class PolicyVersionSubject(Subject):
    kind = "policyversion"
    model = PolicyVersion
    TITLE_OF = ("policy",)

    def parts(self, references: Collection[str]) -> Barred:
        written = PolicyVersion.objects.filter(reference__in=references).values_list("reference", "author")
        return {
            reference: {author: "You wrote it, so somebody else has to judge it."} for reference, author in written
        }

    def snapshot(self, row: Any) -> dict[str, Any]:
        return {"policy_version": row.reference, "digest": row.digest}
