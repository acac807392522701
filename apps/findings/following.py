"""What opens a finding by itself: data that breaks its contract."""

from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.core.consequences import follow
from apps.datasets import events as datasets
from apps.datasets.contracts import Severity
from apps.findings.models import Finding
from apps.findings.services import open_finding
from apps.policies.selectors import NoPolicy

NAMED = 20


def register() -> None:
    """Said once, in AppConfig.ready()."""
    follow(datasets.VERSION_CHECKED, contract_broken)


def contract_broken(inspection: Any, *, actor: User, now: datetime, cause: str) -> None:
    """A version that breaks its contract is a finding about it; one at a time, however often it is checked.

    Where no deadlines are in force nobody could say until when it has to be mended, so none is opened; the version
    is refused for use all the same.
    """
    version = inspection.version
    if inspection.outcome != version.Fitness.REFUSED or _is_open(version):
        return
    try:
        open_finding(
            actor=User.objects.system(),
            subject=version,
            title=f"{version.reference} breaks its contract",
            description=_said(inspection),
            severity=Finding.Severity.HIGH,
            origin=Finding.Origin.CONTRACT,
            cause=cause,
            now=now,
        )
    except NoPolicy:
        return


def _is_open(version: Any) -> bool:
    rows = Finding.objects.open().about(version.reference)
    return bool(rows.filter(origin=Finding.Origin.CONTRACT).exists())


def _said(inspection: Any) -> str:
    broken = [result for result in inspection.results.all() if result.outcome != "passed"]
    blocking = [result for result in broken if result.severity == Severity.BLOCK]
    lines = [f"{result.name}: {result.reason or f'expected: {result.expected}'}" for result in blocking[:NAMED]]
    more = [f"… and {len(blocking) - NAMED} more."] if len(blocking) > NAMED else []
    return "\n".join([f"Checked under {inspection.contract.reference}.", *lines, *more])
