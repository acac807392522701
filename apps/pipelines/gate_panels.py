"""What a version's page shows of the gate's answers, and of its developers' own tests."""

from typing import Any

from apps.accounts.models import User
from apps.inventory.models import ModelVersion
from apps.pipelines.models import GateCheck, TestReport
from apps.pipelines.selectors.gate import recent


def checks(version: ModelVersion, user: User) -> dict[str, Any] | None:
    """The newest answers of the gate."""
    rows = recent(GateCheck, version)
    return {"checks": rows, "version": version} if rows else None


def reports(version: ModelVersion, user: User) -> dict[str, Any] | None:
    """The newest reports of the developers' tests."""
    rows = recent(TestReport, version)
    return {"reports": rows, "version": version} if rows else None
