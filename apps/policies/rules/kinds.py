"""The kinds of policy, and reading a text into one of them with errors that point at lines."""

from apps.core.written import Problem, Unreadable, read_text, typed
from apps.policies.rules.deadlines import FindingDeadlines
from apps.policies.rules.gates import GatePolicy
from apps.policies.rules.monitoring import MonitoringLimits
from apps.policies.rules.routes import ApprovalRoute
from apps.policies.rules.tiering import TieringMethod

Policy = GatePolicy | TieringMethod | ApprovalRoute | MonitoringLimits | FindingDeadlines

KINDS: dict[str, type[Policy]] = {
    "gate_policy": GatePolicy,
    "tiering_method": TieringMethod,
    "approval_route": ApprovalRoute,
    "monitoring_limits": MonitoringLimits,
    "finding_deadlines": FindingDeadlines,
}
TITLES = {
    "gate_policy": "Gate policy",
    "tiering_method": "Tiering method",
    "approval_route": "Approval route",
    "monitoring_limits": "Monitoring limits",
    "finding_deadlines": "Finding deadlines",
}


def read_policy(source: str | bytes) -> Policy:
    """Read a policy of whichever kind it says it is.

    Raises:
        Unreadable: with a problem for every line that has to be mended.
    """
    text = read_text(source)
    if not isinstance(text.data, dict):
        raise Unreadable(Problem(1, 1, "", "A policy is a mapping that begins with its kind and its name."))
    kind = text.data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        line, column = text.spot(("kind",))
        raise Unreadable(Problem(line, column, "kind", f"Say which kind this is: {', '.join(KINDS)}."))
    return typed(text, KINDS[kind])
