"""Every way a model changes. Versions have their own services in versions.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import BusinessUnit, User
from apps.accounts.roles import SECOND_LINE
from apps.approvals.models import Approval
from apps.audit.acts import act
from apps.core.consequences import carry
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.datasets.models import Dataset
from apps.inventory import events
from apps.inventory.models import Dependency, Developer, Limitation, Model, Use
from apps.inventory.selectors import rests_on
from apps.inventory.tiering import require_axes, restate, tier_of

DESCRIBED = (
    "name",
    "purpose",
    "description",
    "kind_of_model",
    "legal_entity",
    "jurisdictions",
    "owner",
    "accountable_executive",
    "vendor",
    "contingency",
    "next_review",
)


def register_model(
    *,
    actor: User,
    name: str,
    purpose: str,
    business_unit: BusinessUnit,
    now: datetime,
    owner: User | None = None,
    developers: Sequence[User] = (),
    materiality: dict[str, Any] | None = None,
    uses: Sequence[dict[str, str]] = (),
    **described: Any,
) -> Model:
    """Enter a model in the inventory, with its developers and uses, in the tier that the published method gives.

    Args:
        owner: who answers for it; the actor unless another is named.
        materiality: a level for each axis of the method in force; an exposure as {level, amount?, currency?}.
        uses: [{name, population?, boundaries?}].
        described: any of DESCRIBED.

    Raises:
        BadInput: the unit is not the actor's, or two uses have one name, or the method knows no such axis or level.
        RuleViolated: somebody of the second line is named by another.
        Conflict: the unit has a model of that name.
    """
    if business_unit.pk not in actor.unit_ids:
        raise BadInput(errors={"business_unit": ["You don't work in that business unit."]})
    if len({use["name"] for use in uses}) != len(uses):
        raise BadInput(errors={"uses": ["Two uses have the same name."]})
    new = Model(
        name=name,
        purpose=purpose,
        business_unit=business_unit,
        owner=owner or actor,
        materiality=materiality or {},
        created_by=actor,
        created_at=now,
        **described,
    )
    require_axes(new.materiality, now)
    tier_of(new, now)
    _require_free_name(new)
    _require_nameable(actor, owner=[new.owner], developers=developers)
    with act(events.MODEL_REGISTERED, actor=actor, creates=new, now=now) as model:
        for developer in dict.fromkeys(developers):
            Developer(model=model, user=developer).save()
        for number, use in enumerate(uses, start=1):
            Use(model=model, number=number, created_by=actor, created_at=now, **use).save()
        return model


def change_model(*, actor: User, model: Model, now: datetime, revision: int | None = None, **changes: Any) -> Model:
    """Change what is said of a model. A changed materiality may change its tier; developers are only added.

    Who owned it until now stays barred from judging it, as its developers do.

    Raises:
        RuleViolated: the model is retired, or somebody of the second line is named by another, or under an approval.
        BadInput: a field that can't be changed is named.
    """
    unknown = sorted(set(changes) - {*DESCRIBED, "materiality", "developers"})
    if unknown:
        raise BadInput(errors={unknown[0]: ["This can't be changed here."]})
    developers = changes.pop("developers", [])
    with act(events.MODEL_CHANGED, actor=actor, subject=model, now=now, expected_revision=revision) as model:
        _require_active(model)
        former = model.owner
        _require_nameable(actor, model, owner=[changes.get("owner", former)], developers=developers)
        restate(model, changes.pop("materiality", {}), now)
        for name, value in changes.items():
            setattr(model, name, value)
        _require_free_name(model)
        model.save()
        if model.owner != former:
            developers = [*developers, former]
        for developer in dict.fromkeys(developers):
            keep_developer(model, developer)
        return model


def _require_nameable(actor: User, model: Model | None = None, **named: Sequence[User]) -> None:
    """Who owns or develops a model is barred from judging it for good: so the second line is named by itself only.

    Nor does it step aside while an approval is asked for: whoever is to decide by then has to.
    """
    known = {model.owner, *model.developers} if model else set()
    for field, people in named.items():
        for person in people:
            if person in known or not set(person.roles) & set(SECOND_LINE):
                continue
            if person != actor:
                raise _refused(
                    field, f"{person.name} could judge this model, so only they can say they have a part in it."
                )
            if model is not None and Approval.objects.filter(root_reference=model.reference, status="open").exists():
                raise _refused(field, "An approval of this model is under way. You can say this once it is decided.")


def _refused(field: str, sentence: str) -> RuleViolated:
    return RuleViolated(sentence, errors={field: [sentence]})


def keep_developer(model: Model, user: User) -> None:
    """Remember, inside an act, that `user` had a hand in a model, so that they never judge it."""
    if model.developer_rows.filter(user=user).exists():
        return
    try:
        with transaction.atomic():
            Developer(model=model, user=user).save()
    except IntegrityError:  # the same person in the same moment, from another door
        return


def decide_intake(
    *, actor: User, model: Model, decision: str, reason: str, now: datetime, revision: int | None = None
) -> Model:
    """Record whether this is a model in the policy's sense (SR 26-2 II; OSFI E-23), and why.

    Raises:
        RuleViolated: the actor owns or develops it.
    """
    with act(
        events.INTAKE_DECIDED, actor=actor, subject=model, now=now, expected_revision=revision, note=reason
    ) as model:
        if actor == model.owner or actor in model.developers:
            raise RuleViolated("You own or develop it, so somebody else has to decide whether it is a model.")
        model.intake, model.intake_reason, model.intake_by = decision, reason, actor
        model.save()
        return model


def set_tier(
    *, actor: User, model: Model, tier: int | None, reason: str, now: datetime, revision: int | None = None
) -> Model:
    """Set a tier otherwise than the method gives; it stays until it is lifted.

    Args:
        tier: None lifts it: the method's tier again.

    Raises:
        RuleViolated: the actor owns or develops it.
    """
    with act(events.TIER_SET, actor=actor, subject=model, now=now, expected_revision=revision, note=reason) as model:
        if actor == model.owner or actor in model.developers:
            raise RuleViolated("You own or develop it, so somebody else has to set its tier.")
        if tier is None:
            tier_of(model, now)
        else:
            model.tier, model.tier_reasons, model.tier_method = tier, [f"Set by {actor.name}: {reason}"], ""
        model.save()
        return model


def add_use(
    *, actor: User, model: Model, name: str, now: datetime, population: str = "", boundaries: str = ""
) -> Use:
    """State a use. It is approved with the next version whose dossier names it.

    Raises:
        RuleViolated: the model is retired, or has this use already.
    """
    with act(events.USE_ADDED, actor=actor, subject=model, now=now) as model:
        _require_active(model)
        if model.uses.filter(name=name, ended_at=None).exists():
            raise RuleViolated("This use is stated already.", errors={"name": ["This use is stated already."]})
        use = Use(
            model=model,
            number=model.uses.count() + 1,
            name=name,
            population=population,
            boundaries=boundaries,
            created_by=actor,
            created_at=now,
        )
        use.save()
        return use


def end_use(*, actor: User, use: Use, now: datetime, reason: str = "") -> Use:
    """End a use. What was approved for it keeps its record; nobody may call on it from now on."""
    with act(events.USE_ENDED, actor=actor, subject=use.model, now=now, note=reason):
        use.refresh_from_db()
        if use.ended_at is not None:
            raise RuleViolated("This use has ended already.")
        use.ended_at = now
        use.save()
        return use


def state_limitation(
    *, actor: User, model: Model, text: str, now: datetime, sort: str = Limitation.Sort.LIMITATION
) -> Limitation:
    """State where the model can't be relied upon, or a restriction on its use."""
    with act(events.LIMITATION_STATED, actor=actor, subject=model, now=now) as model:
        number = model.limitations.count() + 1
        stated = Limitation(model=model, number=number, sort=sort, text=text, created_by=actor, created_at=now)
        stated.save()
        return stated


def add_dependency(
    *, actor: User, model: Model, upstream_kind: str, upstream: str, now: datetime, note: str = ""
) -> Dependency:
    """Say that `model` rests on another model, a dataset, or something outside.

    Raises:
        BadInput: there is no such model or dataset, or the actor may not see it.
        RuleViolated: that would close a circle, or is said already.
    """
    _require_there(upstream_kind, upstream, actor)
    with act(events.DEPENDENCY_ADDED, actor=actor, subject=model, now=now, note=note) as model:
        _require_active(model)
        if model.dependencies.filter(upstream=upstream, ended_at=None).exists():
            raise RuleViolated(f"{model.reference} is said to rest on {upstream} already.")
        if upstream == model.reference or (upstream_kind == "model" and model.reference in rests_on(upstream)):
            raise RuleViolated("That would close a circle: it rests on this model itself, or on what rests on it.")
        dependency = Dependency(model=model, upstream_kind=upstream_kind, upstream=upstream, note=note)
        dependency.save()
        return dependency


def end_dependency(*, actor: User, dependency: Dependency, now: datetime, reason: str = "") -> Dependency:
    """Say that a model rests on something no longer."""
    with act(events.DEPENDENCY_ENDED, actor=actor, subject=dependency.model, now=now, note=reason):
        dependency.refresh_from_db()
        if dependency.ended_at is not None:
            raise RuleViolated("This dependency has ended already.")
        dependency.ended_at = now
        dependency.save()
        return dependency


def retire_model(*, actor: User, model: Model, now: datetime, cause: str) -> Model:
    """Take the model out of use for good. Only ever the consequence of an approved retirement, in its transaction."""
    with act(events.MODEL_RETIRED, actor=actor, subject=model, now=now, cause=cause) as model:
        model.move_to(Model.Status.RETIRED)
        model.save()
    carry(events.MODEL_RETIRED, model, actor=actor, now=now)
    return model


def _require_there(kind: str, reference: str, actor: User) -> None:
    rows = {"model": Model, "dataset": Dataset}.get(kind)
    if rows is not None and not rows.objects.visible_to(actor).filter(reference=reference).exists():
        raise BadInput(errors={"upstream": [f"There is no {kind} {reference} that you may see."]})


def _require_active(model: Model) -> None:
    if model.status == Model.Status.RETIRED:
        raise RuleViolated(f"{model.reference} is retired; register a new model for what comes after it.")


def _require_free_name(model: Model) -> None:
    if Model.objects.filter(business_unit=model.business_unit, name=model.name).exclude(pk=model.pk).exists():
        raise Conflict(errors={"name": ["The unit has a model of this name already."]})
