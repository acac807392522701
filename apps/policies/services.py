"""Every way a policy changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import yaml
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.roles import ROLES, permissions_of
from apps.audit.acts import act, lock
from apps.core.canonical import digest
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.written import read_text
from apps.policies import events
from apps.policies.models import Policy, PolicyVersion
from apps.policies.rules import CaseRun, Problem, Unreadable, read_policy, run_cases
from apps.policies.rules import Policy as Rules
from apps.policies.rules.routes import ApprovalRoute
from apps.policies.selectors import shared_cell

Status = PolicyVersion.Status
DECIDE = "approvals.decide_approval"


class PolicyUnreadable(BadInput):
    """The text isn't a policy; `problems` point at lines, `errors` tells the same by field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        errors: dict[str, list[str]] = {}
        for problem in problems:
            errors.setdefault(problem.field or "text", []).append(f"Line {problem.line}: {problem.message}")
        super().__init__(errors=errors)
        self.problems = list(problems)


class CasesFailed(RuleViolated):
    """The policy doesn't say of its own examples what its author expects; `runs` are all of them."""

    def __init__(self, sentence: str, runs: Sequence[CaseRun]) -> None:
        failed = [(place, run) for place, run in enumerate(runs) if not run.passed]
        super().__init__(sentence, errors={f"cases[{place}]": [run.explanation] for place, run in failed})
        self.runs = list(runs)


def read(text: str | bytes) -> Rules:
    """`text` as a typed policy.

    Raises:
        PolicyUnreadable: with every line that has to be mended.
    """
    try:
        return read_policy(text)
    except Unreadable as refused:
        raise PolicyUnreadable(refused.problems) from None


def propose_policy(*, actor: User, text: str, now: datetime, note: str = "") -> Policy:
    """Write a new policy: its kind and name are those in `text`, which becomes version 1, a draft.

    Raises:
        PolicyUnreadable: `text` isn't a policy.
        Conflict: a policy of this kind has that name already.
    """
    rules = read(text)
    if Policy.objects.filter(policy_kind=rules.kind, name=rules.name).exists():
        raise Conflict(f"There is a policy called “{rules.name}” already. Draft a next version of that one.")
    new = Policy(name=rules.name, policy_kind=rules.kind, proposed_by=actor, proposed_at=now)
    with act(events.POLICY_PROPOSED, actor=actor, creates=new, now=now, note=note) as policy:
        _version(policy, rules, text, actor, now, number=1, note=note).save()
        return policy


def draft_version(*, actor: User, policy: Policy, text: str, now: datetime, note: str = "") -> PolicyVersion:
    """Begin the next version of `policy`.

    Raises:
        PolicyUnreadable: `text` isn't a policy.
        BadInput: it is of another kind.
        Conflict: there is a draft already.
    """
    rules = _of_kind(read(text), policy)
    with transaction.atomic():
        latest = lock(policy).versions.order_by("-number").first()
        if latest is not None and latest.is_draft:
            raise Conflict(f"{latest.reference} is a draft already. Edit or withdraw that one.")
        new = _version(policy, rules, text, actor, now, number=latest.number + 1 if latest else 1, note=note)
        with act(events.VERSION_DRAFTED, actor=actor, creates=new, now=now, note=note) as version:
            return version


def edit_draft(
    *,
    actor: User,
    version: PolicyVersion,
    text: str,
    now: datetime,
    note: str | None = None,
    revision: int | None = None,
) -> PolicyVersion:
    """Replace a draft's text. Only its author does, so that whoever publishes it has written none of it.

    Raises:
        PolicyUnreadable: `text` isn't a policy.
        RuleViolated: somebody else wrote the draft.
        IllegalTransition: it isn't a draft any more.
    """
    rules = _of_kind(read(text), version.policy)
    with act(
        events.DRAFT_EDITED, actor=actor, subject=version, now=now, expected_revision=revision, note=note or ""
    ) as draft:
        draft.move_to(Status.DRAFT)
        if draft.author != actor:
            raise RuleViolated(
                f"Only {draft.author} can edit this draft, so that whoever publishes it wrote none of it. "
                "Withdraw it and write your own instead."
            )
        draft.text, draft.document, draft.digest = _contents(rules, text)
        draft.note = draft.note if note is None else note
        draft.save()
        return draft


def withdraw_draft(
    *, actor: User, version: PolicyVersion, now: datetime, note: str = "", revision: int | None = None
) -> PolicyVersion:
    """Give a draft up, so that another can be begun."""
    with act(
        events.DRAFT_WITHDRAWN, actor=actor, subject=version, now=now, expected_revision=revision, note=note
    ) as draft:
        draft.move_to(Status.WITHDRAWN)
        draft.save()
        return draft


def publish_version(
    *,
    actor: User,
    version: PolicyVersion,
    now: datetime,
    effective_from: datetime | None = None,
    note: str = "",
    revision: int | None = None,
) -> PolicyVersion:
    """Put a draft into force, from now or a later moment on, and end the version before it there.

    Raises:
        RuleViolated: `actor` wrote it, it has no example, it would begin in the past or before its predecessor, or
            another policy governs the same; or a route's stage asks people who can't decide.
        CasesFailed: one of its examples fails.
        IllegalTransition: it isn't a draft.
    """
    begins = effective_from or now
    with transaction.atomic():
        _supersede(actor, version, begins, now)
        with act(
            events.VERSION_PUBLISHED, actor=actor, subject=version, now=now, expected_revision=revision, note=note
        ) as draft:
            draft.move_to(Status.PUBLISHED)
            if begins < now:
                raise RuleViolated("It can't come into force in the past. Choose a later moment, or leave it empty.")
            require_cases(draft.rules)
            _require_deciders(draft.rules)
            _require_own_ground(draft, begins)
            draft.published_by, draft.published_at, draft.effective_from = actor, now, begins
            draft.save()
            _rename(draft)
            return draft


def require_cases(rules: Rules) -> list[CaseRun]:
    """The runs of the policy's examples.

    Raises:
        CasesFailed: there are none, or one of them fails.
    """
    runs = run_cases(rules)
    if not runs:
        raise CasesFailed("A policy shows by at least one example case what it means. Add one.", runs)
    failed = [run.name for run in runs if not run.passed]
    if failed:
        said = f"“{failed[0]}”" if len(failed) == 1 else f"{len(failed)} of its {len(runs)} cases"
        raise CasesFailed(f"It can't be published while {said} fails. Mend the policy or the case.", runs)
    return runs


def _require_deciders(rules: Rules) -> None:
    """Each stage of a route asks people who may decide at all; else a request would wait for good."""
    for stage in rules.stages if isinstance(rules, ApprovalRoute) else ():
        roles = [stage.role] if stage.role else [role for role in ROLES if stage.permission in permissions_of(role)]
        if not any(DECIDE in permissions_of(role) for role in roles):
            raise RuleViolated(
                f"Nobody could decide in the stage “{stage.name}”: {stage.role or stage.permission} "
                "doesn't include deciding on approvals. Choose another role."
            )


def _require_own_ground(draft: PolicyVersion, begins: datetime) -> None:
    """No two policies may govern the same; policies of a kind are locked while one is published."""
    kind = draft.policy.policy_kind
    policies = Policy.objects.select_for_update(no_key=True).filter(policy_kind=kind).order_by("pk")
    others = [policy.pk for policy in policies if policy.pk != draft.policy_id]
    later = PolicyVersion.objects.filter(policy__in=others, status=Status.PUBLISHED)
    ending = PolicyVersion.objects.filter(policy__in=others, effective_to__gt=begins)
    shared = shared_cell(draft.rules, (later | ending).select_related("policy"))
    if shared is not None:
        other, cell = shared
        about = ", ".join(f"tier {part}" if isinstance(part, int) else str(part) for part in cell if part is not None)
        raise RuleViolated(
            f"{other.policy} already governs {about or 'this'}. "
            "Narrow one of the two, or write a next version of that one."
        )


def _supersede(actor: User, version: PolicyVersion, begins: datetime, now: datetime) -> None:
    """End the version in force where the next begins; first, because only one may be published at any time."""
    found = version.policy.versions.filter(status=Status.PUBLISHED).exclude(pk=version.pk).first()
    if found is None:
        return
    cause = events.VERSION_PUBLISHED.verb
    with act(events.VERSION_SUPERSEDED, actor=actor, subject=found, now=now, cause=cause) as before:
        if before.effective_from is not None and begins <= before.effective_from:
            raise RuleViolated(f"{before.reference} only comes into force then. Choose a later moment.")
        before.move_to(Status.SUPERSEDED)
        before.effective_to = begins
        before.save()


def _rename(version: PolicyVersion) -> None:
    """A policy is called what its published version calls it."""
    policy = lock(version.policy)
    if policy.name != version.rules.name:
        policy.name = version.rules.name
        policy.save()


def _of_kind(rules: Rules, policy: Policy) -> Rules:
    if rules.kind != policy.policy_kind:
        raise PolicyUnreadable(
            [Problem(1, 1, "kind", f"{policy.reference} is a {policy.policy_kind}, and stays one.")]
        )
    taken = Policy.objects.filter(policy_kind=rules.kind, name=rules.name).exclude(pk=policy.pk)
    if taken.exists():
        raise PolicyUnreadable([Problem(1, 1, "name", "Another policy of this kind has that name.")])
    return rules


def _version(
    policy: Policy, rules: Rules, text: str, author: User, now: datetime, *, number: int, note: str
) -> PolicyVersion:
    kept, document, sha = _contents(rules, text)
    return PolicyVersion(
        policy=policy,
        number=number,
        reference=f"{policy.reference}@{number}",
        text=kept,
        document=document,
        digest=sha,
        author=author,
        drafted_at=now,
        note=note,
    )


def _contents(rules: Rules, text: str) -> tuple[str, dict[str, Any], str]:
    """What is kept of a text: itself, what it means with every default written out, and the digest of that."""
    document = rules.model_dump(mode="json", by_alias=True)
    return _legible(text), document, digest(document)


def _legible(text: str) -> str:
    """JSON that a program sent, as the YAML that people will read; anything else as it was typed."""
    if not text.lstrip().startswith("{"):
        return text
    data = read_text(text).data
    laid_out = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
    return laid_out if read_text(laid_out).data == data else text
