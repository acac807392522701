"""Versions that a program registers before everything is said of them, and how they become complete.

A draft may lack what its evaluation needs: tables, target, task, or a file that can be loaded. It is documented and
has its place in the record all the same; it can't be evaluated or submitted before it is complete.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.errors import RuleViolated
from apps.inventory import events
from apps.inventory.metadata import read_draft
from apps.inventory.models import Artifact, Model, ModelVersion
from apps.inventory.services.registering import keep_developer
from apps.inventory.services.versions import added, named_tables, pinned

Status = ModelVersion.Status


def add_draft(
    *, actor: User, model: Model, metadata: dict[str, Any], now: datetime, artifact: Artifact | None = None
) -> ModelVersion:
    """Add a draft that may be incomplete, under the model's next whole number: 1, 2, 3 …

    Args:
        metadata: what is known of it, without a version; its format is the artefact's.

    Raises:
        BadInput: what is said contradicts itself, or names a table that isn't there.
    """
    with transaction.atomic():
        lock(model)  # of two at once each gets a number of its own
        said = {**metadata, "version": next_number(model)}
        draft = read_draft(pinned({**said, "format": artifact.format} if artifact else said, actor))
        named_tables(draft, actor)
        return added(actor=actor, model=model, said=draft, now=now, artifact=artifact)


def next_number(model: Model) -> str:
    """The whole number after the largest that a version of `model` has."""
    numbers = model.versions.values_list("number", flat=True)
    return str(max((int(n) for n in numbers if n.isascii() and n.isdecimal()), default=0) + 1)


def attach_artifact(
    *, actor: User, version: ModelVersion, artifact: Artifact, now: datetime, revision: int | None = None
) -> ModelVersion:
    """Give a draft that was registered without one the file that it is evaluated and used by.

    Raises:
        RuleViolated: it is no draft, has a file already, or was said to have another format.
    """
    with act(events.VERSION_CHANGED, actor=actor, subject=version, now=now, expected_revision=revision) as version:
        if version.status != Status.DRAFT or version.artifact_id is not None:
            raise RuleViolated("Only a draft without a file takes one. Add a new version.")
        if version.metadata.get("format", artifact.format) != artifact.format:
            raise RuleViolated(f"This version is said to be {version.metadata['format']}. Add a new version.")
        version.artifact, version.metadata = artifact, {**version.metadata, "format": artifact.format}
        version.save()
        keep_developer(version.model, actor)
        return version


def require_complete(version: ModelVersion) -> None:
    """Refuse what needs a complete version.

    Raises:
        RuleViolated: by the fields that are still to be said.
    """
    lacking = version.lacks()
    if lacking:
        names = ", ".join(sorted(field.removeprefix("metadata.") for field in lacking))
        raise RuleViolated(f"{version.reference} is not complete yet: {names}.", errors=lacking)
