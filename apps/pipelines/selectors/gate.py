"""Whether a version is fit under a policy now. Reads alone; the judging is the policies' pure function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.audit.models import Entry
from apps.core.errors import BadInput
from apps.evaluations import events as evaluating
from apps.evaluations.models import Evaluation, Result
from apps.evaluations.selectors import newest_of, running_of
from apps.evaluations.services import gate_policy
from apps.exceptions.selectors import covered_gates
from apps.inventory import events as inventory
from apps.inventory.models import ModelVersion
from apps.pipelines.models import TestReport
from apps.policies.models import PolicyVersion
from apps.policies.rules import Gate, GatePolicy, Outcome, Verdict, judge
from apps.policies.rules.shapes import Limit
from apps.policies.selectors import NoPolicy

Status = ModelVersion.Status
OVER = (Status.REJECTED, Status.SUSPENDED, Status.RETIRED)
SAID = ("measure", "value", "low", "high", "n", "group", "slice", "status", "reason", "series")
TESTS = Gate(
    name="Tests of the developers",
    measure="reported_test_failures",
    limit=Limit(max=0),
    because="They are the developers' own word; the evaluation is independent of it.",
)


@dataclass(frozen=True)
class Answer:
    """What the gate says of a version: by which policy, on which evidence, and what a reader has to know besides."""

    version: ModelVersion
    policy: PolicyVersion
    governs: bool
    evaluation: Evaluation | None
    report: TestReport | None
    verdict: Verdict
    notes: tuple[str, ...]
    held: bool  # something else than a gate keeps the version from passing

    @property
    def outcome(self) -> Outcome:
        """The verdict's; never a pass where no evaluation counts, not even where exceptions cover every gate."""
        told = self.verdict.outcome
        return Outcome.UNAVAILABLE if self.evaluation is None and told.passes else told

    @property
    def passes(self) -> bool:
        return self.outcome.passes and not self.held

    def gates(self) -> list[dict[str, Any]]:
        """The verdict's lines in the API's shape, each with the policy's reason for it."""
        because = {gate.name: gate.because for gate in (*self.policy.rules.gates, TESTS)}
        return [{**line.as_dict(), "because": because[line.name]} for line in self.verdict.gates]


def answer(
    version: ModelVersion,
    *,
    now: datetime,
    policy: str = "",
    evaluation: str = "",
    tests: bool = False,
    commit: str = "",
) -> Answer:
    """Whether `version` is fit at `now`.

    Args:
        policy: a gate policy's reference, or one version's; "" for the one that governs the version.
        evaluation: the reference of the evaluation to judge by; "" for the newest that is done, dry runs included.
        tests: whether the developers' own tests have to have passed, too; at `commit`, where one is named.

    Raises:
        BadInput: there is no such policy or evaluation, or the policy is not for this.
        NoPolicy: none is named, and none governs the version.
    """
    governing = _governing(version, now)
    chosen = _named_policy(policy, version, now) if policy else governing or gate_policy(version, now)
    found, notes = _evidence(version, evaluation)
    results = _as_said(found) if found else []
    rules: GatePolicy = chosen.rules
    report = _report(version, commit) if tests else None
    if tests:
        rules = rules.model_copy(update={"gates": [*rules.gates, TESTS]})
        results = [*results, *_as_result(report)]
    verdict = judge(rules, results, exceptions=covered_gates(version.reference, now))
    if governing != chosen:
        told = f"{governing.reference} does" if governing else "none does"
        notes.append(f"{chosen.reference} is not what governs {version.reference} now: {told}.")
    held = version.status in OVER
    if held:
        notes.append(f"{version.reference} is {version.get_status_display().lower()}, whatever its evidence says.")
    return Answer(version, chosen, governing == chosen, found, report, verdict, tuple(notes), held)


def _governing(version: ModelVersion, now: datetime) -> PolicyVersion | None:
    try:
        found: PolicyVersion = gate_policy(version, now)
    except NoPolicy:
        return None
    return found


def _named_policy(reference: str, version: ModelVersion, now: datetime) -> PolicyVersion:
    """The version of a gate policy that `reference` names: that one, or the policy's version in force."""
    rows = PolicyVersion.objects.filter(policy__policy_kind="gate_policy").select_related("policy")
    if "@" in reference:
        found = rows.filter(reference=reference).first()
        missing = f"There is no gate policy {reference}."
    else:
        found = rows.in_force(now).filter(policy__reference=reference).first()
        missing = f"There is no gate policy {reference} in force."
    if found is None:
        raise BadInput(errors={"policy": [missing]})
    if found.status not in (PolicyVersion.Status.PUBLISHED, PolicyVersion.Status.SUPERSEDED):
        raise BadInput(
            errors={"policy": [f"{reference} is {found.get_status_display().lower()}: it decides nothing."]}
        )
    task = version.metadata["task"]
    if task not in found.rules.applies.tasks:
        told = ", ".join(found.rules.applies.tasks)
        raise BadInput(errors={"policy": [f"{found.reference} is for {told}; {version.reference} is {task}."]})
    return found


def _evidence(version: ModelVersion, reference: str) -> tuple[Evaluation | None, list[str]]:
    """The evaluation that counts, and what to say where there is none."""
    found = newest_of(version, reference or None)
    if found is None and reference:
        sentence = f"{version.reference} has no evaluation {reference} that is done."
        raise BadInput(errors={"evaluation": [sentence]})
    if found is not None and _changed_since(version, found):
        return None, [
            f"{version.reference} was changed after {found.reference} was asked for, so that is no evidence of what "
            "it is now. Evaluate it again."
        ]
    if found is not None:
        return found, []
    running = running_of(version)
    waiting = f" {running.reference} is under way." if running else " Evaluate it first."
    return None, [f"{version.reference} has no evaluation that is done.{waiting}"]


def _changed_since(version: ModelVersion, evaluation: Evaluation) -> bool:
    """Whether the version's metadata was changed after the evaluation was asked for, by the ledger's order."""
    entries = Entry.objects.order_by("-pk")
    changed = entries.filter(verb=inventory.VERSION_CHANGED.verb, subject_reference=version.reference)
    asked = entries.filter(verb=evaluating.EVALUATION_REQUESTED.verb, subject_reference=evaluation.reference)
    last, begun = changed.values_list("pk", flat=True).first(), asked.values_list("pk", flat=True).first()
    return last is not None and (begun is None or last > begun)


def _as_said(evaluation: Evaluation) -> list[dict[str, Any]]:
    """An evaluation's results in the shape that `judge` reads."""
    return [
        {
            **{name: getattr(row, name) for name in SAID},
            "attribute": row.attribute or None,
            "class": row.class_label or None,
        }
        for row in Result.objects.filter(evaluation=evaluation).order_by("pk")
    ]


def _report(version: ModelVersion, commit: str) -> TestReport | None:
    rows = TestReport.objects.filter(version=version)
    rows = rows.filter(commit=commit) if commit else rows
    return rows.order_by("-pk").first()


def _as_result(report: TestReport | None) -> Sequence[dict[str, Any]]:
    if report is None:
        return []
    return [{"measure": TESTS.measure, "value": report.unmet, "n": report.total, "status": "ok"}]


def recent(model: type[Any], version: ModelVersion, most: int = 5) -> list[Any]:
    """The newest checks or reports of a version, with what a list shows of them."""
    related = {"GateCheck": ("policy__policy", "evaluation", "checked_by"), "TestReport": ("reported_by",)}
    rows = model.objects.filter(version=version).select_related("version", *related[model.__name__])
    return list(rows.order_by("-pk")[:most])
