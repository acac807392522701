"""Who may decide where: seats in a stage, lent seats, and what separation of duties says to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.arrivals import Arrivals, Lateness
from apps.accounts.models import User
from apps.accounts.roles import permissions_of
from apps.approvals import events
from apps.approvals.models import Approval, Delegation, Stage
from apps.core import scope, subjects
from apps.core.governed import Governed
from apps.policies.rules.routes import ApprovalRoute

ASKED, DUTY = "this approval was asked for", "has to decide"


def seats(user: User, approval: Approval, now: datetime) -> bool:
    """Whether `user` could decide here and now: for buttons, and for what waits for them."""
    return closed(user, approval, now) is None


def seated(user: User, approvals: Iterable[Approval], now: datetime) -> list[Approval]:
    """Those of `approvals` on which `user` could decide here and now: as `seats` says, for many at once.

    Args:
        approvals: open ones that `user` may see, with their stages and decisions read along. The queries are as
            many for a hundred of them as for one, but where somebody has lent `user` a seat.
    """
    if not user.has_perm(str(events.DECISION_SIGNED.permission)):
        return []
    unsaid = [row for row in approvals if row.opened_by_id != user.pk and user.pk not in _spoken(row)]
    arrivals, found = Arrivals(user), []
    lent_roles = set(Delegation.objects.live(now).filter(deputy=user).values_list("role", flat=True))
    for approval in _unbarred(user, unsaid):
        stage = asked_stage(approval)
        if stage is None:
            continue
        own = holds(user, stage, seen=True) and came_late(user, approval, stage, arrivals) is None
        if own or (stage.role in lent_roles and lent_seat(user, approval, stage, now, arrivals).open):
            found.append(approval)
    return found


@dataclass(frozen=True)
class Seat:
    """Where somebody would decide in a stage: on a seat of their own or on one lent to them, or why on neither."""

    principal: User | None = None  # who lent it
    late: Lateness | None = None  # it is theirs, but they came when this was under way
    missing: bool = False

    @property
    def open(self) -> bool:
        return self.late is None and not self.missing


def _spoken(approval: Approval) -> set[int | None]:
    return {person for one in approval.decisions.all() for person in (one.decider_id, one.in_place_of_id)}


def _unbarred(user: User, approvals: list[Approval]) -> list[Approval]:
    by_kind: dict[str, list[str]] = {}
    for row in approvals:
        by_kind.setdefault(row.subject_kind, []).append(row.subject_reference)
    barred = {kind: _barred(subjects.subject_of(kind), named, user) for kind, named in by_kind.items()}
    return [row for row in approvals if row.subject_reference not in barred[row.subject_kind]]


def _barred(subject: subjects.Subject, references: list[str], user: User) -> set[str]:
    return subject.conflicting(references, user) | set(subject.said_already(references, user))


def closed(user: User, approval: Approval, now: datetime) -> str | None:
    """Why `user` can't decide here and now, as a sentence; None where they can."""
    stage, made = asked_stage(approval), approval.decisions.all()
    if stage is None:
        return f"This is {approval.get_status_display().lower()}."
    if not user.may(str(events.DECISION_SIGNED.permission), approval):
        return "Your roles don't include deciding on this."
    if user.pk in {one.decider_id for one in made}:
        return "You have decided."
    if user.pk in {one.in_place_of_id for one in made}:
        return "Somebody has decided in your place."
    return objection(user, approval) or _seatless(user, approval, stage, now)


def asked_stage(approval: Approval) -> Stage | None:
    """The stage that is asked now; None once it is decided."""
    if approval.status != Approval.Status.OPEN:
        return None
    return max((stage for stage in approval.stages.all() if stage.opened_at), key=lambda stage: stage.number)


def _seatless(user: User, approval: Approval, stage: Stage, now: datetime) -> str | None:
    seat = seat_in(user, approval, stage, now)
    if seat.missing:
        return f"You have no seat in the stage “{stage.name}”."
    return seat.late.after(ASKED, DUTY) if seat.late else None


def seat_in(user: User, approval: Approval, stage: Stage, now: datetime) -> Seat:
    """The seat that `user` would decide on: their own before a lent one, and an open one before any."""
    arrivals = Arrivals(user)
    if not holds(user, stage):
        return lent_seat(user, approval, stage, now, arrivals)
    late = came_late(user, approval, stage, arrivals)
    lent = Seat(missing=True) if late is None else lent_seat(user, approval, stage, now, arrivals)
    return lent if lent.open else Seat(late=late)


def objection(user: User, approval: Approval) -> str | None:
    """Why separation of duties keeps `user` from deciding here, or None."""
    if user == approval.opened_by:
        return "You asked for this approval, so somebody else has to decide on it."
    subject = subjects.subject_of(approval.subject_kind)
    named = approval.subject_reference
    return subject.conflicts(subject.find(named), user) or subject.said_already([named], user).get(named)


def obstacle_to(approval: Approval, exceptions: Sequence[str], now: datetime) -> str | None:
    """What forbids granting this, whoever decides, or None."""
    subject = subjects.subject_of(approval.subject_kind)
    return subject.obstacle(subject.find(approval.subject_reference), exceptions=list(exceptions), now=now)


def eligible(stage: Stage) -> list[User]:
    """The people who could sign a stage by role and scope, before separation of duties is asked about."""
    people = User.objects.filter(is_active=True, account_kind=User.Kind.PERSON)
    if stage.role:
        people = people.filter(groups__name=stage.role)
    wanted = stage.permission or events.DECISION_SIGNED.permission
    return [person for person in people.distinct() if person.may(str(wanted), stage)]


def nobody_for(route: ApprovalRoute, subject: Governed, asked_by: User) -> str | None:
    """Why asking by `route` would wait for ever: a stage that asks all has nobody to ask. A sentence, or None."""
    known = subjects.subject_of(subject.kind)
    for step in route.stages:
        if step.mode != "all":
            continue
        root = scope.root_reference(subject)
        people = eligible(Stage(root_reference=root, role=step.role or "", permission=step.permission or ""))
        if all(person == asked_by or _barred(known, [subject.reference], person) for person in people):
            return (
                f"Nobody can sign in the stage “{step.name}”: whoever its route would ask is gone, or has a part in "
                "this. Have somebody else be given the role it asks for; then do this again."
            )
    return None


def askable(stage: Stage) -> list[User]:
    """Who can be asked in a stage that opens now: eligible, and neither barred, nor late, nor heard before."""
    approval = stage.approval
    spoken = _spoken(approval)
    return [
        person
        for person in eligible(stage)
        if person.pk not in spoken
        and came_late(person, approval, stage) is None
        and objection(person, approval) is None
    ]


def came_late(user: User, approval: Approval, stage: Stage, arrivals: Arrivals | None = None) -> Lateness | None:
    """What made `user` late for a seat of their own: each role that gives it, their access or account is newer.

    Args:
        arrivals: since when they have which, where it is asked for many stages.
    """
    roles = [stage.role] if stage.role else _roles_with(user, stage.permission)
    return (arrivals or Arrivals(user)).late(roles, approval.opened_at, approval)


def _roles_with(user: User, permission: str) -> list[str]:
    return [role for role in user.roles if permission in permissions_of(role)]


def holds(user: User, stage: Stage, *, seen: bool = False) -> bool:
    """Whether `user` has a seat in the stage of their own; `seen` says that their scope is known to reach it."""
    if stage.mode == "all":
        return user.reference in stage.asked
    if stage.role:
        return stage.role in user.roles
    return user.has_perm(stage.permission) if seen else user.may(stage.permission, stage)


def lent_seat(user: User, approval: Approval, stage: Stage, now: datetime, arrivals: Arrivals) -> Seat:
    """The seat in the stage that is lent to `user`; the deputy may not have come late either, by role or account."""
    principal = _lender(user, approval, stage, now)
    if principal is None:
        return Seat(missing=True)
    deciding = _roles_with(user, str(events.DECISION_SIGNED.permission))
    return Seat(principal, arrivals.late(deciding, approval.opened_at, approval))


def _lender(user: User, approval: Approval, stage: Stage, now: datetime) -> User | None:
    """Who lent `user` a seat in the stage: somebody who has one, is not barred, and has not decided."""
    taken = _spoken(approval)
    for delegation in Delegation.objects.live(now).filter(deputy=user).select_related("principal"):
        principal = delegation.principal
        lends = delegation.role == stage.role and holds(principal, stage) and principal.is_active
        lends = lends and principal.may(str(events.DECISION_SIGNED.permission), approval)
        lends = lends and came_late(principal, approval, stage) is None
        if lends and principal.pk not in taken and objection(principal, approval) is None:
            return principal
    return None
