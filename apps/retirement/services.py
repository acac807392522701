"""Every way a retirement goes."""

from datetime import date, datetime

from django.db import transaction

from apps.accounts.models import User
from apps.approvals.models import Approval
from apps.approvals.services.requests import end_undecided, open_approval
from apps.audit.acts import act
from apps.core.canonical import digest
from apps.core.dates import today
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.periodic import row_by_row
from apps.deployments.services import end_all
from apps.inventory import events as inventory
from apps.inventory.models import Model, ModelVersion
from apps.inventory.selectors import dependents
from apps.inventory.services.registering import retire_model
from apps.inventory.services.versions import move_version
from apps.policies.selectors import applicable
from apps.retirement import events
from apps.retirement.archive import manifest
from apps.retirement.models import Retirement
from apps.retirement.selectors import stands

Status = Retirement.Status
KEPT_YEARS = 10  # EU AI Act article 18; longer than the other rules ask for
STRICTEST_TIER = 1
ENDED = (ModelVersion.Status.SUBMITTED, ModelVersion.Status.IN_VALIDATION, ModelVersion.Status.IN_APPROVAL)


def plan_retirement(
    *,
    actor: User,
    model: Model,
    reason: str,
    last_day: date,
    fallback: str,
    now: datetime,
    replacement: str = "",
) -> Retirement:
    """Ask for a model to be retired. Who rests on it is found and named in what the deciders sign.

    Raises:
        RuleViolated: the model is retired, or a version of it is under way.
        Conflict: its retirement is planned already.
        BadInput: the last day is past.
    """
    if last_day < today(now):
        raise BadInput(errors={"last_day": ["Choose today or a later day."]})
    _require_at_rest(model)
    with transaction.atomic():
        new = Retirement(
            model=model,
            reason=reason,
            replacement=replacement,
            last_day=last_day,
            fallback=fallback,
            dependents=sorted(dependents(model.reference)),
            planned_by=actor,
            planned_at=now,
        )
        with act(events.RETIREMENT_PLANNED, actor=actor, creates=new, now=now, note=reason) as retirement:
            pass
        route = applicable("approval_route", at=now, subject_kind="retirement", tier=model.tier or STRICTEST_TIER)
        open_approval(
            actor=actor,
            kind="retirement",
            subject=retirement,
            title=f"Retire {model.name}",
            route=route.rules,
            route_version=route.reference,
            now=now,
            cause=events.RETIREMENT_PLANNED.verb,
        )
        return retirement


def follow_decision(retirement: Retirement, *, outcome: str, actor: User, now: datetime, cause: str) -> None:
    """The deciders have spoken: the model retires once its last day has come, or the plan ends."""
    status = OUTCOMES.get(outcome)
    if status is None:
        return
    with act(events.RETIREMENT_DECIDED, actor=actor, subject=retirement, now=now, cause=cause) as retirement:
        retirement.move_to(status)
        retirement.save()
    if status == Status.APPROVED and retirement.last_day <= today(now):
        _carry_out(retirement, actor, now)


def carry_out_due(*, now: datetime) -> list[Retirement]:
    """Retire the models whose approved last day has come; the calendar's part. What is refused is tried again."""
    approved = Retirement.objects.filter(status=Status.APPROVED, last_day__lte=today(now)).order_by("pk")
    return row_by_row(approved, _is_due, _carry_out_alone, now)


def _is_due(retirement: Retirement, now: datetime) -> bool:
    return retirement.status == Status.APPROVED and retirement.last_day <= today(now) and stands(retirement)


def _carry_out_alone(retirement: Retirement, now: datetime) -> Retirement:
    return _carry_out(retirement, User.objects.system(), now)


def refuse_submission(version: ModelVersion, *, actor: User, now: datetime, cause: str) -> None:
    """Nothing more is submitted of a model whose retirement is approved: it could not retire while that is judged.

    Raises:
        RuleViolated: it is.
    """
    ending = Retirement.objects.filter(model=version.model, status=Status.APPROVED).first()
    if ending is not None:
        raise RuleViolated(f"{ending.reference} retires {version.model.reference} on {ending.last_day:%d %b %Y}.")


OUTCOMES = {
    "approved": Status.APPROVED,
    "approved_with_conditions": Status.APPROVED,
    "sent_back": Status.SENT_BACK,
    "withdrawn": Status.SENT_BACK,
    "returned": Status.SENT_BACK,
    "rejected": Status.REJECTED,
}


def _carry_out(retirement: Retirement, actor: User, now: datetime) -> Retirement:
    cause, model = events.RETIREMENT_DECIDED.verb, retirement.model
    end_all(model=model, actor=actor, reason=f"{retirement.reference}: {retirement.reason}", now=now, cause=cause)
    for version in model.versions.exclude(status=ModelVersion.Status.RETIRED):
        move_version(
            actor=actor,
            version=version,
            event=inventory.VERSION_RETIRED,
            status=ModelVersion.Status.RETIRED,
            now=now,
            cause=cause,
        )
    retire_model(actor=actor, model=model, now=now, cause=cause)
    for approval in Approval.objects.filter(root_reference=model.reference, subject_kind="exemption", status="open"):
        end_undecided(actor=actor, approval=approval, reason=f"{model.reference} was retired.", now=now, cause=cause)
    with act(events.MODEL_ARCHIVED, actor=actor, subject=retirement, now=now, cause=cause) as retirement:
        retirement.move_to(Status.ARCHIVED)
        retirement.archive = manifest(model)
        retirement.archive_digest = digest(retirement.archive)
        retirement.keep_until = _years_later(today(now), KEPT_YEARS)
        retirement.save()
        return retirement


def _require_at_rest(model: Model) -> None:
    if model.status == Model.Status.RETIRED:
        raise RuleViolated(f"{model.reference} is retired already.")
    planned = Retirement.objects.filter(model=model, status__in=[Status.PLANNED, Status.APPROVED]).first()
    if planned is not None and planned.status == Status.APPROVED:
        raise Conflict(f"{planned.reference} retires {model.reference} on {planned.last_day:%d %b %Y} already.")
    if planned is not None:
        raise Conflict(f"{planned.reference} is to retire {model.reference} already. Withdraw it to plan another.")
    why = under_way(model)
    if why is not None:
        raise RuleViolated(why)


def under_way(model: Model) -> str | None:
    """The version that has to be decided or withdrawn before the model can retire, as a sentence; or None."""
    moving = model.versions.filter(status__in=ENDED).first()
    if moving is None:
        return None
    state = moving.get_status_display().lower()
    return f"{moving.reference} is {state}. Withdraw it, or wait until it is decided."


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
