"""Running the examples that a policy carries: what its author expects beside what it says."""

from dataclasses import dataclass
from datetime import date
from functools import singledispatch
from typing import Any

from apps.core.errors import Refused
from apps.policies.rules.deadlines import FindingDeadlines
from apps.policies.rules.gates import GatePolicy
from apps.policies.rules.monitoring import MonitoringLimits, watch
from apps.policies.rules.routes import ApprovalRoute, standing
from apps.policies.rules.tiering import TieringMethod, tier
from apps.policies.rules.verdicts import Outcome, judge


@dataclass(frozen=True)
class CaseRun:
    """One example: what was expected, what came, and a sentence where the two differ."""

    name: str
    expected: dict[str, Any]
    got: dict[str, Any]
    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.expected == self.got

    @property
    def explanation(self) -> str:
        """Where the two differ, as a sentence; "" where they don't."""
        differing = [name for name in self.expected if self.expected[name] != self.got.get(name)]
        told = [f"{name} is {self.got.get(name)}, expected {self.expected[name]}" for name in differing]
        return "; ".join(told) + "." if told else ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "passed": self.passed,
            "expected": self.expected,
            "got": self.got,
            "explanation": self.explanation,
            "reasons": list(self.reasons),
        }


@singledispatch
def run_cases(policy: Any) -> list[CaseRun]:
    """Run every example of `policy`, in its order."""
    raise TypeError(f"{type(policy).__name__} is not a policy.")


@run_cases.register
def _gates(policy: GatePolicy) -> list[CaseRun]:
    runs = []
    for case in policy.cases:
        verdict = judge(policy, [result.as_dict() for result in case.results], case.exceptions)
        expected: dict[str, Any] = {"outcome": case.expect.outcome, **case.expect.gates}
        got: dict[str, Any] = {"outcome": str(verdict.outcome)}
        for name in case.expect.gates:
            lines = [line.outcome for line in verdict.gates if line.name == name]
            got[name] = str(max(lines, key=lambda outcome: outcome.rank, default=Outcome.UNAVAILABLE))
        reasons = tuple(f"{line.name}: {line.reason}" for line in verdict.gates)
        runs.append(CaseRun(case.name, expected, got, reasons))
    return runs


@run_cases.register
def _tiers(policy: TieringMethod) -> list[CaseRun]:
    runs = []
    for case in policy.cases:
        try:
            decided, reasons = tier(policy, case.materiality)
            runs.append(CaseRun(case.name, {"tier": case.expect.tier}, {"tier": decided}, tuple(reasons)))
        except Refused as error:
            runs.append(CaseRun(case.name, {"tier": case.expect.tier}, {"tier": None}, (str(error),)))
    return runs


@run_cases.register
def _route(policy: ApprovalRoute) -> list[CaseRun]:
    runs = []
    for case in policy.cases:
        stands = standing(policy, [decision.model_dump() for decision in case.decisions], case.asked)
        expected: dict[str, Any] = {"outcome": case.expect.outcome}
        got: dict[str, Any] = {"outcome": stands.outcome}
        if case.expect.stage is not None:
            expected["stage"], got["stage"] = case.expect.stage, stands.stage or ""
        runs.append(CaseRun(case.name, expected, got))
    return runs


@run_cases.register
def _limits(policy: MonitoringLimits) -> list[CaseRun]:
    runs = []
    for case in policy.cases:
        readings = watch(policy, [result.as_dict() for result in case.results])
        got = {reading.indicator: reading.level for reading in readings if reading.indicator in case.expect}
        reasons = tuple(f"{reading.indicator}: {reading.reason}" for reading in readings)
        runs.append(CaseRun(case.name, dict(case.expect), dict(got), reasons))
    return runs


@run_cases.register
def _deadlines(policy: FindingDeadlines) -> list[CaseRun]:
    runs = []
    for case in policy.cases:
        opened = date.fromisoformat(case.opened)
        expected, got = {"due": case.expect.due}, {"due": policy.due(case.severity, opened).isoformat()}
        if case.expect.plan_due is not None:
            expected["plan_due"] = case.expect.plan_due
            got["plan_due"] = policy.plan_due(case.severity, opened).isoformat()
        runs.append(CaseRun(case.name, dict(expected), dict(got)))
    return runs
