"""Reads of approvals that need thought: what waits for whom, and who sits in a stage."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from apps.accounts.models import User
from apps.accounts.roles import ROLES
from apps.approvals.events import DECISION_SIGNED
from apps.approvals.models import Approval, Condition, Decision, Stage
from apps.approvals.seats import Deciders, asked_stage, everybody_for, seated


def listed(rows: QuerySet) -> QuerySet:
    """`rows` of Approval with all that lists and pages show of them, in a constant number of queries."""
    decisions = Decision.objects.select_related("decider", "in_place_of", "signature", "stage").order_by("pk")
    people = ("decision__decider", "fulfilled_by", "verified_by")
    conditions = Condition.objects.select_related(*people).order_by("number")
    return rows.select_related("opened_by").prefetch_related(
        Prefetch("stages", Stage.objects.order_by("number")),
        Prefetch("decisions", decisions),
        Prefetch("conditions", conditions),
    )


def awaiting(user: User, now: datetime) -> list[Approval]:
    """The open approvals that `user` could decide on now, the one due first in front."""
    return sorted(seated(user, _open_to(user), now), key=_urgency)


def awaiting_asker(request: Any, now: datetime) -> list[Approval]:
    """What awaits whoever asks, worked out once a request: a page shows it, and so does its frame."""
    if not hasattr(request, "awaiting"):
        request.awaiting = awaiting(request.user, now)
    found: list[Approval] = request.awaiting
    return found


def deciders_shown(request: Any, approval: Approval, now: datetime) -> Deciders:
    """Who may decide on `approval`, for its page; what awaits whoever asks is read along, for the page's frame."""
    others = list(_open_to(request.user))
    deciders = everybody_for(approval, request.user, beside=others, now=now)
    waiting = [other for other in others if deciders.closed(request.user, other) is None]
    request.awaiting = sorted(waiting, key=_urgency)
    return deciders


def _open_to(user: User) -> Iterable[Approval]:
    """The open approvals that `user` may see and has said nothing of, if they decide at all."""
    if not user.has_perm(str(DECISION_SIGNED.permission)):
        return ()
    rows = Approval.objects.visible_to(user).filter(status=Approval.Status.OPEN).exclude(decisions__decider=user)
    found: Iterable[Approval] = rows.order_by("pk").prefetch_related("stages", "decisions")
    return found


def _urgency(approval: Approval) -> tuple[date, int]:
    return due(approval) or date.max, approval.pk


def due(approval: Approval) -> date | None:
    """Until when the open stage is asked to decide."""
    stage = asked_stage(approval)
    return stage.due if stage else None


@dataclass(frozen=True)
class Seat:
    """One person in a stage: signed, or still awaited."""

    person: User
    state: str  # signed, refused or awaiting
    decision: Decision | None = None

    @property
    def role(self) -> str:
        return roles_of(self.person)

    @property
    def counts_for(self) -> User:
        """Whose seat it is: the lender's, where it was lent."""
        return (self.decision and self.decision.in_place_of) or self.person


@dataclass(frozen=True)
class StageView:
    """A stage with its people and how many signatures it still needs."""

    stage: Stage
    state: str  # done, now or todo
    seats: tuple[Seat, ...]
    who: str

    @property
    def signed(self) -> int:
        return sum(seat.state == "signed" for seat in self.seats)

    @property
    def needs(self) -> str:
        """How many signatures it takes, as a sentence's part: "2 signatures of a risk officer"."""
        if self.stage.mode == "all":
            return f"everybody who was asked ({len(self.stage.asked)})"
        count = self.stage.quorum
        return f"{count} signature{'s' if count > 1 else ''} of a {self.who.lower()}"


def stages_of(approval: Approval, deciders: Deciders | None = None) -> list[StageView]:
    """The stages in order: who decided, and in the open one who could.

    Args:
        deciders: everybody whose seat it may be, where they are at hand.
    """
    now_open, ended = asked_stage(approval), approval.status != Approval.Status.OPEN
    able = (deciders or everybody_for(approval)).able(approval) if now_open else []
    return [_stage(approval, stage, now_open, ended, able) for stage in approval.stages.all()]


def _stage(approval: Approval, stage: Stage, now_open: Stage | None, ended: bool, able: Iterable[User]) -> StageView:
    taken = [
        Seat(one.decider, "signed" if one.decision in ("approve", "approve_with_conditions") else "refused", one)
        for one in approval.decisions.all()
        if one.stage_id == stage.pk
    ]
    is_open = now_open is not None and stage.pk == now_open.pk
    if is_open:
        taken += [Seat(person, "awaiting") for person in able]
    state = "now" if is_open else "done" if stage.opened_at and (ended or taken) else "todo"
    who = ROLES[stage.role].title if stage.role in ROLES else f"holder of {stage.permission or stage.role}"
    return StageView(stage, state, tuple(taken), who)


def shortage(approval: Approval) -> str | None:
    """Why nobody can complete the open stage any more, as a sentence; None where somebody can, or none is open."""
    return shortage_in(approval, stages_of(approval))


def shortage_in(approval: Approval, stages: Iterable[StageView]) -> str | None:
    """`shortage`, where the approval's stages are at hand."""
    now_open = next((view for view in stages if view.state == "now"), None)
    if now_open is None:
        return None
    stage, there = now_open.stage, {seat.counts_for.reference for seat in now_open.seats}
    lacks = _lacks_of_all(stage, there) if stage.mode == "all" else _lacks_of_any(stage, len(there))
    return lacks and (
        f"The stage “{stage.name}” {lacks}. Who is given the role only now may not decide on this, so "
        f"{approval.opened_by.name} has to take the request back and ask again."
    )


def _lacks_of_all(stage: Stage, there: set[str]) -> str | None:
    if not stage.asked:
        return "found nobody to ask"
    gone = [int(reference.removeprefix("USR-")) for reference in stage.asked if reference not in there]
    names = User.objects.filter(pk__in=gone).order_by("name").values_list("name", flat=True)
    return f"asked who can't sign any more: {', '.join(names)}" if gone else None


def _lacks_of_any(stage: Stage, there: int) -> str | None:
    return None if there >= stage.quorum else f"needs {stage.quorum} signatures, and can have {there} at most"


def roles_of(person: User) -> str:
    return ", ".join(ROLES[role].title for role in person.roles if role in ROLES)


def people_of(stages: Iterable[StageView], user: Any) -> list[dict[str, Any]]:
    """Who signed and who is awaited, as parts/_people.html shows it."""
    return [
        {
            "name": "You" if seat.person == user else seat.person.name,
            "role": seat.role,
            "state": seat.state,
            "says": _says(seat),
            "at": seat.decision.decided_at if seat.decision else "",
            "digest": seat.decision.signature.digest if seat.decision else "",
        }
        for stage in stages
        for seat in stage.seats
    ]


def _says(seat: Seat) -> str:
    if seat.decision is None:
        return "Awaiting"
    said = seat.decision.signature.get_meaning_display()
    return f"{said}, in place of {seat.decision.in_place_of}" if seat.decision.in_place_of else said


def asked_of(approval: Approval, stages: Sequence[StageView]) -> str:
    """ "Stage 1 of 1 · needs 2 signatures of a risk officer"."""
    now_open = next((stage for stage in stages if stage.state == "now"), None)
    if now_open is None:
        return approval.get_status_display()
    return f"Stage {now_open.stage.number} of {len(stages)} · needs {now_open.needs}"


def record_of(approval: Approval) -> Any:
    """The record as it was frozen, in JSON's own types."""
    return json.loads(approval.record)
