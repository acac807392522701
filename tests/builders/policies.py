"""Policies and results in the shape a test needs."""

from pathlib import Path
from typing import Any

from apps.policies.models import PolicyVersion
from apps.policies.rules import GatePolicy, read_policy
from apps.policies.services import propose_policy, publish_version

DEFAULTS = Path(__file__).resolve().parents[2] / "apps" / "policies" / "defaults"

FOUR_FIFTHS = {
    "name": "Four-fifths rule",
    "measure": "impact_ratio",
    "select": {"attribute": "any"},
    "min_n": 100,
    "set_aside_below": 0.02,
    "max_width": 0.15,
    "limit": {"min": 0.8},
    "near": "interval",
}


def default_text(name: str) -> str:
    return (DEFAULTS / f"{name}.yaml").read_text()


def default(name: str) -> Any:
    return read_policy(default_text(name))


def gates(*gates: dict[str, Any], **more: Any) -> GatePolicy:
    """A gate policy of these gates, each with a name and a measure unless it says otherwise."""
    named = [{"name": f"Gate {place}", "measure": "auc"} | gate for place, gate in enumerate(gates)]
    applies = {"tasks": ["binary_classification"], "tiers": [1]}
    return GatePolicy(kind="gate_policy", name="Test", applies=applies, gates=named, **more)


def ratio(value: float | None, low: float | None = None, high: float | None = None, **more: Any) -> dict[str, Any]:
    """An impact ratio of one group of race, of a thousand people unless it says otherwise."""
    group = more.pop("group", "2")
    result = {"measure": "impact_ratio", "attribute": "race", "group": {"race": group}, "n": 1000, "status": "ok"}
    return result | {"value": value, "low": low, "high": high} | more


def one(outcome: Any) -> Any:
    """The only line of a verdict."""
    (line,) = outcome.gates
    return line


GATE_POLICY = """\
kind: gate_policy
name: {name}
applies:
  tasks: [binary_classification]
  tiers: [{tiers}]
gates:
  - name: Ranking power
    measure: auc
    limit: {{min: {least}}}
cases:
  - name: A good ranking
    results:
      - {{measure: auc, value: 0.9}}
    expect: {{outcome: {expect}}}
"""


def gate_yaml(*, name: str = "Ranking", tiers: str = "1", least: str = "0.7", expect: str = "passed") -> str:
    """A small gate policy as its author would type it."""
    return GATE_POLICY.format(name=name, tiers=tiers, least=least, expect=expect)


def draft(author: Any, now: Any, **changes: str) -> PolicyVersion:
    """The draft of a new gate policy that `author` proposes."""
    return propose_policy(actor=author, text=gate_yaml(**changes), now=now).versions.get()


def published(author: Any, publisher: Any, now: Any, **changes: str) -> PolicyVersion:
    return publish_version(actor=publisher, version=draft(author, now, **changes), now=now)
