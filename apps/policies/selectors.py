"""Which policy counts for what, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from django.db.models import Prefetch

from apps.core.errors import RuleViolated
from apps.policies.models import Policy, PolicyVersion
from apps.policies.rules import TITLES, ApprovalRoute, GatePolicy, MonitoringLimits
from apps.policies.rules import Policy as Rules
from apps.policies.rules.shapes import ANY

Cell = tuple[Any, ...]


class NoPolicy(RuleViolated):
    """No policy in force covers the case, so nobody could say what is right."""


def applicable(
    kind: str,
    *,
    at: datetime,
    task: str | None = None,
    tier: int | None = None,
    sector: str | None = None,
    subject_kind: str | None = None,
) -> PolicyVersion:
    """The policy version of `kind` that governs the case at the moment `at`.

    Gate policies and monitoring limits are found by task, tier and sector (one for the sector goes before one for
    all); approval routes by subject_kind and tier (one for the kind goes before "any"); the other kinds exist once.

    Raises:
        NoPolicy: none is in force for the case.
    """
    wanted = [(task, tier, sector), (task, tier, None), (subject_kind, tier), (ANY, tier), ()]
    versions: list[PolicyVersion] = list(
        PolicyVersion.objects.in_force(at).filter(policy__policy_kind=kind).select_related("policy")
    )
    cells = {version: set(covered(version.rules)) for version in versions}
    for cell in wanted:
        for version in versions:
            if cell in cells[version]:
                return version
    named = {"task": task, "tier": tier, "sector": sector, "kind": subject_kind}
    about = ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)
    sentence = f"No {TITLES[kind].lower()} is in force{f' for {about}' if about else ''}. Ask a risk officer for one."
    raise NoPolicy(sentence)


def covered(rules: Rules) -> Iterable[Cell]:
    """Everything `rules` govern, cell by cell. Two policies in force never share a cell."""
    if isinstance(rules, GatePolicy | MonitoringLimits):
        sectors: list[str | None] = [*rules.applies.sectors]
        return list(product(rules.applies.tasks, rules.applies.tiers, sectors or [None]))
    if isinstance(rules, ApprovalRoute):
        return list(product(rules.applies.kinds, rules.applies.tiers))
    return [()]


def shared_cell(rules: Rules, others: Iterable[PolicyVersion]) -> tuple[PolicyVersion, Cell] | None:
    """The first of `others` that governs something `rules` govern too, and what that is."""
    mine = set(covered(rules))
    for other in others:
        both = mine & set(covered(other.rules))
        if both:
            return other, min(both, key=str)
    return None


def version_of(reference: str, *, draft: bool = False) -> PolicyVersion | None:
    """The version that `reference` names; for a policy's own reference its newest, or (`draft`) its draft."""
    rows = PolicyVersion.objects.select_related("policy", "author", "published_by")
    if "@" in reference:
        return rows.filter(reference=reference).first()
    rows = rows.filter(policy__reference=reference)
    return (rows.filter(status=PolicyVersion.Status.DRAFT) if draft else rows).order_by("-number").first()


@dataclass(frozen=True)
class PolicyLine:
    """A policy on the list: the version that counts now, the one to come, and the draft."""

    policy: Policy
    current: PolicyVersion | None
    coming: PolicyVersion | None
    draft: PolicyVersion | None


@dataclass(frozen=True)
class KindOverview:
    """All policies of one kind."""

    kind: str
    title: str
    meaning: str
    policies: list[PolicyLine]


MEANINGS = {
    "gate_policy": "What a model's evidence must show before anybody is asked to approve it.",
    "tiering_method": "How closely a model is governed, from what rests on it.",
    "approval_route": "Who signs, in which order, how many of them, by when.",
    "monitoring_limits": "What is watched while a model is in use, and when it raises an alert.",
    "finding_deadlines": "How long mending may take, by severity.",
}


def overview(at: datetime) -> list[KindOverview]:
    """Every kind with its policies, in two queries."""
    people = PolicyVersion.objects.select_related("author", "published_by")
    rows = Policy.objects.prefetch_related(Prefetch("versions", people)).order_by("reference")
    lines: dict[str, list[PolicyLine]] = {kind: [] for kind in TITLES}
    for policy in rows:
        lines[policy.policy_kind].append(_line(policy, at))
    return [KindOverview(kind, TITLES[kind], MEANINGS[kind], lines[kind]) for kind in TITLES]


def history(policy: Policy) -> list[PolicyVersion]:
    """The versions of `policy`, the newest first, with the people."""
    return list(policy.versions.select_related("policy", "author", "published_by").order_by("-number"))


def _line(policy: Policy, at: datetime) -> PolicyLine:
    versions = list(policy.versions.all())
    for version in versions:
        version.policy = policy
    coming = [v for v in versions if v.effective_from and v.effective_from > at]
    return PolicyLine(
        policy,
        next((v for v in versions if v.counts_at(at)), None),
        coming[0] if coming else None,
        next((v for v in versions if v.is_draft), None),
    )
