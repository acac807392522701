"""What is taken in about a version from outside: the gate's answers, as they were given, and reports of tests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from apps.accounts.models import User
from apps.audit.acts import tell
from apps.core.canonical import digest
from apps.core.errors import BadInput
from apps.core.events import Event
from apps.core.governed import Change
from apps.core.references import next_reference
from apps.inventory.models import ModelVersion
from apps.pipelines import events
from apps.pipelines.models import GateCheck, TestReport
from apps.pipelines.models.gate import OfAVersion
from apps.pipelines.selectors import gate

R = TypeVar("R", bound=OfAVersion)
OUTCOMES = ("passed", "failed", "error", "skipped")


def check_gate(
    *,
    actor: User,
    version: ModelVersion,
    now: datetime,
    policy: str = "",
    evaluation: str = "",
    tests: bool = False,
    commit: str = "",
    branch: str = "",
    ci_url: str = "",
) -> GateCheck:
    """Ask the gate, and keep the question with its answer. See `selectors.gate.answer`."""
    given = gate.answer(version, now=now, policy=policy, evaluation=evaluation, tests=tests, commit=commit)
    new = GateCheck(
        version=version,
        policy=given.policy,
        evaluation=given.evaluation,
        report=given.report,
        governs=given.governs,
        outcome=str(given.outcome),
        passes=given.passes,
        gates=given.gates(),
        notes=list(given.notes),
        digest=given.verdict.digest(given.policy.reference),
        commit=commit,
        branch=branch,
        ci_url=ci_url,
        checked_by=actor,
        checked_at=now,
    )
    return _taken_in(events.GATE_CHECKED, actor, new, now)


def report_tests(
    *,
    actor: User,
    version: ModelVersion,
    tool: str,
    tests: Sequence[dict[str, Any]],
    now: datetime,
    commit: str = "",
    branch: str = "",
    ci_url: str = "",
) -> TestReport:
    """Keep what developers say their tests came out as.

    Args:
        tests: [{name, kind, outcome: passed, failed, error or skipped; seconds, message?, figures?}].

    Raises:
        BadInput: no test ran, so nothing is said.
    """
    counts = {outcome: sum(test["outcome"] == outcome for test in tests) for outcome in OUTCOMES}
    if len(tests) == counts["skipped"]:
        raise BadInput(errors={"tests": ["No test ran, so there is nothing to report."]})
    new = TestReport(
        version=version,
        tool=tool,
        tests=list(tests),
        passed=counts["passed"],
        failed=counts["failed"],
        errors=counts["error"],
        skipped=counts["skipped"],
        digest=digest({"tool": tool, "tests": list(tests)}),
        commit=commit,
        branch=branch,
        ci_url=ci_url,
        reported_by=actor,
        reported_at=now,
    )
    return _taken_in(events.TESTS_REPORTED, actor, new, now)


def _taken_in(event: Event, actor: User, new: R, now: datetime) -> R:
    with tell(event, actor=actor, subject=new, now=now) as changes:
        new.reference = next_reference(new.PREFIX)
        new.save(force_insert=True)
        changes.append(Change(new, None, new.told()))
    return new
