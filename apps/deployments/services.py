"""Every way that what runs changes."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.approvals.models import Approval
from apps.audit.acts import act, lock
from apps.core.consequences import carry
from apps.core.errors import BadInput, RuleViolated
from apps.core.events import Event
from apps.deployments import events
from apps.deployments.models import Deployment, Environment
from apps.deployments.selectors import approved_uses
from apps.dossiers.selectors import live_approval, why_not_live
from apps.inventory import events as inventory
from apps.inventory.models import Model, ModelVersion, Use
from apps.inventory.services.versions import move_version

Status = Deployment.Status
InUse = ModelVersion.Status.IN_USE
Approved = ModelVersion.Status.APPROVED
# the environments there are, and what each asks of a release
ENVIRONMENTS: dict[str, dict[str, bool]] = {
    Environment.Name.DEV: {"needs_approval": False, "decides": False},
    Environment.Name.TEST: {"needs_approval": False, "decides": False},
    Environment.Name.PRODUCTION: {"needs_approval": True, "decides": True},
}


def deploy(
    *,
    actor: User,
    version: ModelVersion,
    environment: str,
    now: datetime,
    use: str = "",
    strategy: str = Deployment.Strategy.ALL_AT_ONCE,
    configuration: dict[str, Any] | None = None,
) -> Deployment:
    """Release a version into an environment for one use. What ran there for that use is replaced.

    Args:
        use: the name of one of the model's uses; may be left out where the model has only one.
        configuration: what whoever runs it was told, kept as it is.

    Raises:
        BadInput: the model has no such use.
        RuleViolated: the model or the version is retired, or the environment needs a live approval for that use.
    """
    with transaction.atomic():
        model = lock(version.model)  # releases and stops of one model come one after the other
        version = lock(version)
        for row in (model, version):
            if row.status == row.Status.RETIRED:
                raise RuleViolated(f"{row.reference} is retired; nothing of it is released any more.")
        place, chosen = environment_named(environment, now), _use(version, use)
        approval = _approval(version, place, chosen, now)
        before = Deployment.objects.live().filter(environment=place, use=chosen).first()
        if before is not None:
            _stop(
                events.DEPLOYMENT_REPLACED,
                actor,
                before,
                now,
                f"{version.reference} took its place.",
                cause=events.VERSION_DEPLOYED.verb,
            )
        new = Deployment(
            version=version,
            environment=place,
            use=chosen,
            strategy=strategy,
            approval=approval,
            artifact_digest=version.artifact_id or "",
            configuration=configuration or {},
            replaces=before,
            deployed_by=actor,
            deployed_at=now,
        )
        with act(events.VERSION_DEPLOYED, actor=actor, creates=new, now=now) as deployment:
            pass
        follow_what_runs(version, actor=actor, now=now, cause=events.VERSION_DEPLOYED.verb)
        if before is not None and before.version_id != version.pk:
            follow_what_runs(before.version, actor=actor, now=now, cause=events.DEPLOYMENT_REPLACED.verb)
        carry(events.VERSION_DEPLOYED, deployment, actor=actor, now=now)
        return deployment


def stop(
    *, actor: User, deployment: Deployment, reason: str, now: datetime, revision: int | None = None
) -> Deployment:
    """Stop what runs, at once; one person is enough.

    Raises:
        BadInput: no reason was given.
        IllegalTransition: it is stopped already.
    """
    if not reason.strip():
        raise BadInput(errors={"reason": ["Say why it is stopped."]})
    with transaction.atomic():
        lock(deployment.version.model)
        stopped = _stop(events.DEPLOYMENT_STOPPED, actor, deployment, now, reason, revision)
        follow_what_runs(stopped.version, actor=actor, now=now, cause=events.DEPLOYMENT_STOPPED.verb)
        carry(events.DEPLOYMENT_STOPPED, stopped, actor=actor, now=now)
        return stopped


def end_all(*, actor: User, model: Model, reason: str, now: datetime, cause: str) -> list[Deployment]:
    """Stop whatever runs of a model that is being retired; its versions are retired by who calls this.

    Call it inside the transaction that retires them: the model stays locked, so that no release slips in between.
    """
    lock(model)
    running = Deployment.objects.live().filter(version__model=model)
    return [_stop(events.DEPLOYMENT_ENDED, actor, row, now, reason, cause=cause) for row in running]


def follow_what_runs(version: ModelVersion, *, actor: User, now: datetime, cause: str) -> None:
    """A version is in use while it runs where decisions are made, as far as its approval counts."""
    version = ModelVersion.objects.get(pk=version.pk)
    runs = Deployment.objects.live().deciding().filter(version=version).exists()
    if runs and version.status == Approved:
        event, status = inventory.VERSION_RELEASED, InUse
    elif not runs and version.status == InUse:
        event, status = inventory.VERSION_STOPPED, Approved
    else:
        return
    move_version(actor=actor, version=version, event=event, status=status, now=now, cause=cause)


def environment_named(name: str, now: datetime) -> Environment:
    """The environment of that name; those that every installation has are founded when first needed.

    Raises:
        BadInput: there is no such environment.
    """
    found = Environment.objects.filter(name=name).first()
    if found is not None:
        return found
    if name not in ENVIRONMENTS:
        raise BadInput(errors={"environment": [f"There is no environment “{name}”; choose {_or(ENVIRONMENTS)}."]})
    new = Environment(name=name, created_at=now, **ENVIRONMENTS[name])
    try:
        with act(events.ENVIRONMENT_FOUNDED, actor=User.objects.system(), creates=new, now=now) as environment:
            return environment
    except IntegrityError:  # somebody else's first release, at the same moment
        return Environment.objects.get(name=name)


def _use(version: ModelVersion, name: str) -> Use:
    uses = list(version.model.uses.filter(ended_at=None).order_by("number"))
    wanted = name.strip().casefold()
    chosen = [use for use in uses if use.name.casefold() == wanted] if wanted else uses
    if len(chosen) == 1:
        return chosen[0]
    known = ", ".join(f"“{use.name}”" for use in uses) or "none"
    sentence = f"{version.model.reference} has no use “{name}”" if wanted else "Say for which use"
    raise BadInput(errors={"use": [f"{sentence}. Its uses: {known}."]})


def _approval(version: ModelVersion, place: Environment, use: Use, now: datetime) -> Approval | None:
    approval = live_approval(version, now)
    if not place.needs_approval:
        return approval
    if approval is None:
        raise RuleViolated(f"{place} needs a live approval. {why_not_live(version, now)}")
    approved = approved_uses(approval)
    if use.name not in approved:
        named = ", ".join(f"“{name}”" for name in approved)
        raise RuleViolated(f"{approval.reference} does not approve “{use.name}”; it approves {named}.")
    return approval


def _stop(
    event: Event,
    actor: User,
    deployment: Deployment,
    now: datetime,
    reason: str,
    revision: int | None = None,
    cause: str = "",
) -> Deployment:
    with act(
        event, actor=actor, subject=deployment, now=now, note=reason, cause=cause, expected_revision=revision
    ) as deployment:
        deployment.move_to(Status.STOPPED)
        deployment.stopped_by, deployment.stopped_at, deployment.stop_reason = actor, now, reason
        deployment.save()
        return deployment


def _or(names: Any) -> str:
    *first, last = [str(name) for name in names]
    return f"{', '.join(first)} or {last}"
