"""Who may decide where: one ordered list of obstacles, asked of one person or of many at once.

Buttons, lists, notices, reminders and the service that signs all ask `Deciders`, so they say the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied

from apps.accounts.arrivals import Arrivals
from apps.accounts.holdings import read_along
from apps.accounts.models import User
from apps.accounts.roles import permissions_of
from apps.approvals import events
from apps.approvals.models import Approval, Decision, Delegation, Stage
from apps.core import scope, subjects
from apps.core.errors import Conflict, IllegalTransition, RuleViolated
from apps.core.governed import Governed
from apps.policies.rules.routes import ApprovalRoute

DECIDES = str(events.DECISION_SIGNED.permission)


@dataclass(frozen=True)
class Obstacle:
    """Why somebody can't decide, as a sentence, and the refusal that says it to who tries."""

    sentence: str
    refusal: type[Exception] = RuleViolated
    of_seat: bool = False  # a seat that another lends goes round it

    def refuse(self) -> None:
        raise self.refusal(self.sentence)


@dataclass(frozen=True)
class Seat:
    """Where somebody would decide: on a seat of their own, on one lent to them, or what keeps them from either."""

    obstacle: Obstacle | None = None
    principal: User | None = None  # who lent it


class Deciders:
    """What `people` may decide of `approvals`, in as many queries for a hundred of either as for one.

    Args:
        approvals: with their stages and decisions read along, where there are many.
        now: when it is asked, for seats that are lent; None where only people's own seats are looked at.
        opens: a stage that opens now, so that it is not fixed yet whom it asks.
    """

    def __init__(
        self,
        people: Iterable[User],
        approvals: Iterable[Approval],
        now: datetime | None = None,
        opens: Stage | None = None,
    ) -> None:
        self.people, self.approvals, self.now, self.opens = list(people), list(approvals), now, opens

    def able(self, approval: Approval) -> list[User]:
        """Those of the people who could sign now on a seat of their own."""
        found = [person for person in self.people if self.obstacle(person, approval) is None]
        return sorted(found, key=lambda person: person.pk)

    def closed(self, user: User, approval: Approval) -> str | None:
        """Why `user` can't decide, as a sentence; None where they can."""
        obstacle = self.seat(user, approval).obstacle
        return obstacle.sentence if obstacle else None

    def seat(self, user: User, approval: Approval) -> Seat:
        """The seat that `user` would decide on: their own before a lent one."""
        own = self.obstacle(user, approval)
        principal = self._lender(user, approval) if own and own.of_seat else None
        return Seat(self._first(ON_A_LENT_SEAT, user, approval), principal) if principal else Seat(own)

    def obstacle(self, user: User, approval: Approval) -> Obstacle | None:
        """The first of what keeps `user` from deciding on a seat of their own, or None."""
        return self._first(ON_A_SEAT_OF_ONES_OWN, user, approval)

    def _first(self, obstacles: Iterable["Ask"], user: User, approval: Approval) -> Obstacle | None:
        return next((found for ask in obstacles if (found := ask(self, user, approval))), None)

    def objection(self, user: User, approval: Approval) -> Obstacle | None:
        """Why separation of duties keeps `user` from judging this, or None."""
        if user.pk == approval.opened_by_id:
            return Obstacle("You asked for this approval, so somebody else has to decide on it.")
        named = approval.subject_reference
        said = self._parts.get(named, {}).get(user.pk) or self._heard.get(named, {}).get(user.pk)
        return Obstacle(said) if said else None

    def _ended(self, user: User, approval: Approval) -> Obstacle | None:
        if self._stage(approval):
            return None
        return Obstacle(f"This is {approval.get_status_display().lower()}.", IllegalTransition)

    def _unentitled(self, user: User, approval: Approval) -> Obstacle | None:
        if user.is_person and user.may_at(DECIDES, self.root(approval)):
            return None
        return Obstacle("Your roles don't include deciding on this.", PermissionDenied)

    def _spoken(self, user: User, approval: Approval) -> Obstacle | None:
        for made in self._made[approval.pk]:
            if made.decider_id == user.pk:
                return Obstacle("You have decided on this already.", Conflict)
            if made.in_place_of_id == user.pk:
                return Obstacle(f"{made.decider.name} has decided on this in your place.", Conflict)
        return None

    def _seatless(self, user: User, approval: Approval) -> Obstacle | None:
        stage = self._stage(approval)
        if stage is None or self._holds(user, approval, stage):
            return None
        return Obstacle(f"You have no seat in the stage “{stage.name}”.", PermissionDenied, of_seat=True)

    def _late(self, user: User, approval: Approval) -> Obstacle | None:
        """Each role that gives them the seat, their access or their account is newer than the request."""
        stage = self._stage(approval)
        if stage is None:
            return None
        return self._late_by([stage.role] if stage.role else _roles_with(user, stage.permission), user, approval)

    def _late_deputy(self, user: User, approval: Approval) -> Obstacle | None:
        return self._late_by(_roles_with(user, DECIDES), user, approval)

    def _late_by(self, roles: list[str], user: User, approval: Approval) -> Obstacle | None:
        arrivals = self._arrivals if user.pk in self._asked_of else self._arrivals_of_lenders
        late = arrivals.late(user, roles, approval.opened_at, self.root(approval))
        return Obstacle(late.after("this approval was asked for", "has to decide"), of_seat=True) if late else None

    def _holds(self, user: User, approval: Approval, stage: Stage) -> bool:
        """Whether they have the stage's role or permission, and where it asks all, whether it asked them."""
        if stage.mode == "all" and stage is not self.opens and user.reference not in stage.asked:
            return False
        if stage.role:
            return stage.role in user.roles
        return user.may_at(stage.permission, self.root(approval))

    def _lender(self, deputy: User, approval: Approval) -> User | None:
        """Who lent a seat in the open stage: somebody whom nothing keeps from deciding on it themselves."""
        stage = self._stage(approval)
        for delegation in self._delegations:
            lends = delegation.deputy_id == deputy.pk and stage is not None and delegation.role == stage.role
            if lends and self.obstacle(delegation.principal, approval) is None:
                return delegation.principal
        return None

    def _stage(self, approval: Approval) -> Stage | None:
        return self.opens or self._asked[approval.pk]

    def root(self, approval: Approval) -> Any:
        """The root that it hangs on; None where it hangs on none."""
        return self._roots.get(approval.root_reference)

    @cached_property
    def _asked_of(self) -> set[int]:
        return {person.pk for person in self.people}

    @cached_property
    def _asked(self) -> dict[int, Stage | None]:
        return {approval.pk: asked_stage(approval) for approval in self.approvals}

    @cached_property
    def _made(self) -> dict[int, list[Decision]]:
        return {approval.pk: list(approval.decisions.all()) if approval.pk else [] for approval in self.approvals}

    @cached_property
    def _delegations(self) -> list[Delegation]:
        if self.now is None:
            return []
        rows = Delegation.objects.live(self.now).filter(deputy__in=self.people).select_related("principal")
        found = list(rows.order_by("pk"))
        read_along([one.principal for one in found])
        return found

    @cached_property
    def _arrivals(self) -> Arrivals:
        return Arrivals(self.people)

    @cached_property
    def _arrivals_of_lenders(self) -> Arrivals:
        return Arrivals({one.principal for one in self._delegations})

    @cached_property
    def _roots(self) -> dict[str, Any]:
        return scope.find_roots({approval.root_reference for approval in self.approvals} - {""})

    @cached_property
    def _parts(self) -> subjects.Barred:
        return subjects.parts((approval.subject_kind, approval.subject_reference) for approval in self.approvals)

    @cached_property
    def _heard(self) -> subjects.Barred:
        return subjects.heard((approval.subject_kind, approval.subject_reference) for approval in self.approvals)


# What keeps somebody from deciding, in the order in which they are told.
Ask = Callable[[Deciders, User, Approval], Obstacle | None]
ON_ANY_SEAT: tuple[Ask, ...] = (Deciders._ended, Deciders._unentitled, Deciders._spoken, Deciders.objection)
ON_A_SEAT_OF_ONES_OWN: tuple[Ask, ...] = (*ON_ANY_SEAT, Deciders._seatless, Deciders._late)
ON_A_LENT_SEAT: tuple[Ask, ...] = (*ON_ANY_SEAT, Deciders._late_deputy)


def _roles_with(user: User, permission: str) -> list[str]:
    return [role for role in user.roles if permission in permissions_of(role)]


def asked_stage(approval: Approval) -> Stage | None:
    """The stage that is asked now; None once it is decided."""
    if approval.status != Approval.Status.OPEN:
        return None
    return max((stage for stage in approval.stages.all() if stage.opened_at), key=lambda stage: stage.number)


def seat_of(user: User, approval: Approval, now: datetime) -> Seat:
    """Where `user` would decide here and now, or what keeps them from it."""
    return Deciders([user], [approval], now).seat(user, approval)


def closed(user: User, approval: Approval, now: datetime) -> str | None:
    """Why `user` can't decide here and now, as a sentence; None where they can."""
    return Deciders([user], [approval], now).closed(user, approval)


def seats(user: User, approval: Approval, now: datetime) -> bool:
    """Whether `user` could decide here and now: for buttons, and for what waits for them."""
    return closed(user, approval, now) is None


def seated(user: User, approvals: Iterable[Approval], now: datetime) -> list[Approval]:
    """Those of `approvals` on which `user` could decide here and now."""
    deciders = Deciders([user], approvals, now)
    return [approval for approval in deciders.approvals if deciders.closed(user, approval) is None]


def everybody_for(
    approval: Approval, *others: User, beside: Iterable[Approval] = (), now: datetime | None = None
) -> Deciders:
    """All whose seat in the open stage it may be, with `others`, asked of `approval` and of those `beside` it."""
    stage = asked_stage(approval)
    return _read({*others, *(_candidates(stage) if stage else ())}, [approval, *beside], now)


def awaited(approval: Approval) -> list[User]:
    """Who could still sign in the open stage on a seat of their own."""
    return everybody_for(approval).able(approval)


def askable(stage: Stage) -> list[User]:
    """Who can be asked in a stage that opens now."""
    return _read(_candidates(stage), [stage.approval], opens=stage).able(stage.approval)


def _read(people: Iterable[User], approvals: Iterable[Approval], *asked: Any, **named: Any) -> Deciders:
    deciders = Deciders(people, approvals, *asked, **named)
    read_along(deciders.people)
    return deciders


def _candidates(stage: Stage) -> Iterable[User]:
    """By the role that the stage asks for; where it asks for a permission, everybody is looked at."""
    people = User.objects.filter(is_active=True, account_kind=User.Kind.PERSON)
    return people.filter(groups__name=stage.role).distinct() if stage.role else people


def nobody_for(route: ApprovalRoute, subject: Governed, asked_by: User, now: datetime) -> str | None:
    """Why asking by `route` would wait for ever: a stage that asks all has nobody to ask. A sentence, or None."""
    approval = Approval(
        subject_kind=subject.kind,
        subject_reference=subject.reference,
        root_reference=scope.root_reference(subject),
        opened_by=asked_by,
        opened_at=now,
    )
    for step in route.stages:
        stage = Stage(approval=approval, mode=step.mode, role=step.role or "", permission=step.permission or "")
        if step.mode == "all" and not askable(stage):
            return (
                f"Nobody can sign in the stage “{step.name}”: whoever its route would ask is gone, or has a part in "
                "this. Have somebody else be given the role it asks for; then do this again."
            )
    return None


def objection(user: User, approval: Approval) -> Obstacle | None:
    """Why separation of duties keeps `user` from judging this, or None."""
    return Deciders([user], [approval]).objection(user, approval)


def obstacle_to(approval: Approval, exceptions: Sequence[str], now: datetime) -> str | None:
    """What forbids granting this, whoever decides, or None."""
    subject = subjects.subject_of(approval.subject_kind)
    return subject.obstacle(subject.find(approval.subject_reference), exceptions=list(exceptions), now=now)
