"""The pure part: typed documents, the reader that points at lines, and the functions that decide by them.

Nothing here knows Django, a database or the clock; the same document and results always give the same answer.
"""

from apps.core.written import Problem, Unreadable
from apps.policies.rules.cases import CaseRun, run_cases
from apps.policies.rules.deadlines import FindingDeadlines, Severity
from apps.policies.rules.gates import Gate, GatePolicy
from apps.policies.rules.kinds import KINDS, TITLES, Policy, read_policy
from apps.policies.rules.monitoring import Indicator, MonitoringLimits, Reading, watch
from apps.policies.rules.routes import ApprovalRoute, Stage, Standing, standing
from apps.policies.rules.tiering import TieringMethod, tier
from apps.policies.rules.verdicts import GateOutcome, Outcome, Verdict, judge

__all__ = [
    "KINDS",
    "TITLES",
    "ApprovalRoute",
    "CaseRun",
    "FindingDeadlines",
    "Gate",
    "GateOutcome",
    "GatePolicy",
    "Indicator",
    "MonitoringLimits",
    "Outcome",
    "Policy",
    "Problem",
    "Reading",
    "Severity",
    "Stage",
    "Standing",
    "TieringMethod",
    "Unreadable",
    "Verdict",
    "judge",
    "read_policy",
    "run_cases",
    "standing",
    "tier",
    "watch",
]
