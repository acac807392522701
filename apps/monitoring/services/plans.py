"""A plan starts with a version's first release and lasts until another takes its place, or the model retires."""

import json
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.errors import BadInput, RuleViolated
from apps.deployments.models import Deployment
from apps.evaluations.selectors import evidence_of
from apps.files.models import Blob
from apps.files.services import store_bytes
from apps.inventory.models import Model
from apps.jobs.running import Run
from apps.jobs.services import enqueue
from apps.monitoring import events
from apps.monitoring.models import Plan
from apps.monitoring.reference import reference_of
from apps.policies.selectors import applicable

FREEZE = "monitoring.freeze_reference"


def follow_release(deployment: Deployment, *, actor: User, now: datetime, cause: str) -> None:
    """Something was released where decisions are made: it is watched from now on."""
    version = deployment.version
    if not deployment.environment.decides:
        return
    watched = Plan.objects.filter(model=version.model, ended_at=None)
    for plan in watched.exclude(version__in=_deciding(version.model)):
        _end(plan, actor, now, cause)
    if watched.filter(version=version).exists():
        return
    evaluation = evidence_of(version)
    if evaluation is None:
        return
    policy = applicable("monitoring_limits", at=now, task=version.metadata["task"], tier=version.model.tier)
    new = Plan(model=version.model, version=version, evaluation=evaluation, policy=policy, started_at=now)
    with act(events.PLAN_STARTED, actor=actor, creates=new, now=now, cause=cause) as plan:
        pass
    enqueue(
        FREEZE,
        now=now,
        requested_by=actor,
        subject_kind=plan.kind,
        subject_reference=plan.reference,
        root_reference=version.model.reference,
        plan=plan.reference,
    )


def follow_retirement(model: Model, *, actor: User, now: datetime, cause: str) -> None:
    """A model left use for good: nothing of it is watched any more, whether or not something of it ran until now."""
    for plan in Plan.objects.filter(model=model, ended_at=None):
        _end(plan, actor, now, cause)


def current_plan(model: Model) -> Plan | None:
    """The plan by which a model is watched now: of several versions that decide side by side, the newest one's."""
    rows = Plan.objects.filter(model=model, ended_at=None).order_by("-pk")
    return rows.select_related("model", "version__model", "evaluation", "policy").first()


def plans_of(model: Model) -> list[Plan]:
    """Each version's newest plan, ended or not, those that still watch and the newest first."""
    rows = Plan.objects.filter(model=model).order_by(F("ended_at").desc(nulls_first=True), "-pk")
    newest: dict[int, Plan] = {}
    for plan in rows.select_related("model", "version__model", "evaluation", "policy"):
        newest.setdefault(plan.version_id, plan)
    return list(newest.values())


def plan_of(model: Model, reference: str = "") -> Plan:
    """The plan by which a model is watched now, or the one that is named, ended or not.

    Raises:
        BadInput: the model has no such plan.
        RuleViolated: the model is not watched, and no plan is named.
    """
    if not reference:
        return require_watched(model)
    rows = Plan.objects.select_related("model", "version__model", "evaluation", "policy")
    named = rows.filter(model=model, reference=reference).first()
    if named is None:
        raise BadInput(errors={"plan": [f"{model.reference} has no plan “{reference}”."]})
    return named


def shown_plan(model: Model, reference: str = "") -> Plan | None:
    """The plan whose windows are shown: the named one, the current one, or, once nothing is watched, the last one.

    Raises:
        BadInput: the model has no such plan.
    """
    return plan_of(model, reference) if reference else next(iter(plans_of(model)), None)


def require_watched(model: Model) -> Plan:
    """The plan by which a model is watched now.

    Raises:
        RuleViolated: it is retired, or nothing of it was ever released into production.
    """
    plan = current_plan(model)
    if plan is not None:
        return plan
    if model.status == Model.Status.RETIRED:
        raise RuleViolated(f"{model.reference} is retired; nothing of it is watched any more.")
    raise RuleViolated(f"{model.reference} is not watched yet: that begins with a release into production.")


def freeze(run: Run) -> Blob:
    """The work of the job: the reference's counts, kept as JSON."""
    plan = _named(run)
    run.progress(0.1, "Counting the rows it was tested on")
    return store_bytes(json.dumps(reference_of(plan).frozen().as_dict()).encode())


def keep_frozen(run: Run, profile: Blob) -> dict[str, str]:
    """The commit of the job."""
    with act(
        events.REFERENCE_FROZEN,
        actor=User.objects.system(),
        subject=_named(run),
        now=timezone.now(),
        cause=events.PLAN_STARTED.verb,
    ) as plan:
        plan.profile = profile
        plan.save()
    return {"plan": plan.reference, "profile": profile.digest}


def _named(run: Run) -> Plan:
    rows = Plan.objects.select_related("model", "version__model", "evaluation")
    return rows.get(reference=run.parameters["plan"])


def _deciding(model: Model) -> set[int]:
    """The versions of a model that run where decisions are made."""
    running = Deployment.objects.live().deciding().filter(version__model=model)
    return set(running.values_list("version_id", flat=True))


def _end(plan: Plan, actor: User, now: datetime, cause: str) -> None:
    with act(events.PLAN_ENDED, actor=actor, subject=plan, now=now, cause=cause) as plan:
        plan.ended_at = now
        plan.save()
