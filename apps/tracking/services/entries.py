"""What MLflow's registry keeps beside the inventory: tags, descriptions, aliases and stages, each change an event."""

import re
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.errors import BadInput, RuleViolated
from apps.inventory.models import Model, ModelVersion
from apps.tracking import events
from apps.tracking.models import RegisteredModel, RegisteredVersion
from apps.tracking.usable import require_usable

Stage = RegisteredVersion.Stage
OURS = "quaestor."  # tags that the server says itself
ALIAS = re.compile(r"[\w\-.]{1,255}", re.ASCII)
RESERVED = re.compile(r"latest|v[0-9]+|[0-9]+", re.ASCII | re.IGNORECASE)


def change_entry(
    *,
    actor: User,
    model: Model,
    now: datetime,
    tags: Mapping[str, str] | None = None,
    without_tag: str | None = None,
) -> RegisteredModel:
    """Set tags of a registered model, or take one away.

    Raises:
        BadInput: the tag is one of the server's own.
    """
    require_free(tags or {})
    with act(events.MODEL_TAGGED, actor=actor, subject=model, now=now) as model:
        entry = entry_of(model, now)
        entry.tags = _retagged(entry.tags, tags or {}, without_tag)
        entry.changed_at = now
        entry.save()
        return entry


def tag_version(
    *,
    actor: User,
    version: ModelVersion,
    now: datetime,
    tags: Mapping[str, str] | None = None,
    without_tag: str | None = None,
) -> RegisteredVersion:
    """Set tags of a version, or take one away. They are MLflow's; what is judged stands in the metadata.

    Raises:
        BadInput: the tag is one of the server's own.
    """
    require_free(tags or {})
    with act(events.VERSION_TAGGED, actor=actor, subject=version, now=now) as version:
        entry = version_entry(version, now)
        entry.tags = _retagged(entry.tags, tags or {}, without_tag)
        entry.save()
        return entry


def describe_version(*, actor: User, version: ModelVersion, description: str, now: datetime) -> RegisteredVersion:
    """Say in words what a version is."""
    with act(events.VERSION_DESCRIBED, actor=actor, subject=version, now=now) as version:
        entry = version_entry(version, now)
        entry.description = description
        entry.save()
        return entry


def set_alias(*, actor: User, model: Model, alias: str, version: ModelVersion, now: datetime) -> RegisteredModel:
    """Have an alias name a version; where it named another, it does so no longer.

    Raises:
        NotApproved: the alias means use, and the version has no live approval.
        BadInput: it can't be an alias.
    """
    if not ALIAS.fullmatch(alias) or RESERVED.fullmatch(alias):
        raise BadInput(f"'{alias[:60]}' can't be an alias. Letters, digits, _, - and . make one; no version does.")
    with act(events.ALIAS_SET, actor=actor, subject=model, now=now, note=f"{alias} names {version.number}") as model:
        if means_use(alias):
            require_usable(version, now, because=f"The alias '{alias}'")
        entry = entry_of(model, now)
        entry.aliases, entry.changed_at = {**entry.aliases, alias: version.number}, now
        entry.save()
        return entry


def remove_alias(*, actor: User, model: Model, alias: str, now: datetime) -> RegisteredModel:
    """Take an alias away; where there is none, nothing happens."""
    entry = RegisteredModel.objects.filter(model=model).first()
    if entry is None or alias not in entry.aliases:
        return entry or RegisteredModel(model=model)
    with act(events.ALIAS_REMOVED, actor=actor, subject=model, now=now, note=alias) as model:
        entry = entry_of(model, now)
        entry.aliases = {name: number for name, number in entry.aliases.items() if name != alias}
        entry.changed_at = now
        entry.save()
        return entry


def set_stage(
    *, actor: User, version: ModelVersion, stage: str, now: datetime, archive_others: bool = False
) -> RegisteredVersion:
    """Put a version into a stage. Production means use; Archived is a word in the registry, and retires nothing.

    Raises:
        NotApproved: it would be in Production without a live approval.
        RuleViolated: what is to be archived is in use.
        BadInput: there is no such stage.
    """
    found = next((known for known in Stage if known.lower() == stage.lower()), None)
    if found is None:
        raise BadInput(f"Invalid stage: '{stage[:60]}'. Stages are {', '.join(Stage.values)}.")
    with transaction.atomic():
        entry = _put(actor, version, found, now)
        if archive_others and found in (Stage.STAGING, Stage.PRODUCTION):
            others = RegisteredVersion.objects.filter(version__model=version.model, stage=found)
            for other in others.exclude(version=version).select_related("version"):
                _put(actor, other.version, Stage.ARCHIVED, now)
    return entry


def _put(actor: User, version: ModelVersion, stage: Stage, now: datetime) -> RegisteredVersion:
    with act(events.STAGE_SET, actor=actor, subject=version, now=now, note=stage.value) as version:
        if stage == Stage.PRODUCTION:
            require_usable(version, now, because="The stage 'Production'")
        if stage == Stage.ARCHIVED and version.status == ModelVersion.Status.IN_USE:
            raise RuleViolated(f"{version.reference} is in use. Stop its deployments before it is archived.")
        entry = version_entry(version, now)
        entry.stage = stage
        entry.save()
        return entry


def means_use(alias: str) -> bool:
    """Whether an alias is one of those that name what is used."""
    return alias.lower() in settings.USE_ALIASES


def require_free(tags: Mapping[str, str]) -> None:
    """Raises BadInput for tags that the server says itself."""
    taken = [key for key in tags if key.startswith(OURS)]
    if taken:
        raise BadInput(f"'{taken[0]}' is said by this server. Choose another name for a tag.")


def entry_of(model: Model, now: datetime) -> RegisteredModel:
    """The registry's row of a model, or a new one; inside an act on the model, which is locked."""
    return RegisteredModel.objects.filter(model=model).first() or RegisteredModel(model=model, changed_at=now)


def version_entry(version: ModelVersion, now: datetime) -> RegisteredVersion:
    """The registry's row of a version, or a new one for a version that came by another door."""
    found = RegisteredVersion.objects.filter(version=version).first() or RegisteredVersion(version=version)
    found.changed_at = now
    return found


def _retagged(known: Mapping[str, str], tags: Mapping[str, str], without: str | None) -> dict[str, str]:
    return {key: value for key, value in {**known, **tags}.items() if key != without}
