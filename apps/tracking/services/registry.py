"""Registering through MLflow's registry: a registered model is an inventory model, a version one of its versions."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.accounts.models import BusinessUnit, User
from apps.audit.acts import act, permit
from apps.core.errors import BadInput
from apps.files.services import path_of
from apps.inventory import events as inventory
from apps.inventory.models import Artifact, Model, ModelVersion
from apps.inventory.services.drafts import add_draft
from apps.inventory.services.registering import register_model
from apps.inventory.services.versions import scan_artifact
from apps.tracking import events
from apps.tracking.documenting import documented
from apps.tracking.flavours import Description, described, loadable
from apps.tracking.models import RegisteredVersion
from apps.tracking.search.registry import PROMPT_TAG
from apps.tracking.selectors.experiments import first_unit
from apps.tracking.selectors.sources import Source, source_of
from apps.tracking.services.entries import change_entry, require_free

LONGEST_NAME = 120


def register(
    *, actor: User, name: str, now: datetime, description: str = "", tags: Mapping[str, str] | None = None
) -> Model:
    """Enter a model in the inventory, in the unit where the actor works first of all; its intake is still undecided.

    What it is for, its uses and its materiality are not said yet; it can't be submitted before they are.

    Raises:
        BadInput: the name can't be a model's.
        Conflict: the unit has a model of that name.
    """
    _refuse_prompt(tags or {})
    require_name(name)
    unit = BusinessUnit.objects.get(pk=first_unit(actor))
    with transaction.atomic():
        model = register_model(
            actor=actor, name=name, purpose="", business_unit=unit, description=description, now=now
        )
        if tags:
            change_entry(actor=actor, model=model, tags=tags, now=now)
    return model


def register_version(
    *,
    actor: User,
    model: Model,
    source: str,
    now: datetime,
    run_id: str = "",
    model_id: str = "",
    run_link: str = "",
    description: str = "",
    tags: Mapping[str, str] | None = None,
) -> ModelVersion:
    """Add a draft version from what a run or a logged model keeps; slow where its file has to be looked through.

    The file becomes the version's artefact where it is ONNX or skops and nothing refuses it. Where not, the version
    is documented all the same, and says what it lacks.

    Raises:
        BadInput: the source is not the run's or model's, is kept elsewhere, or holds nothing.
    """
    permit(inventory.VERSION_ADDED, actor, model, "")
    _refuse_prompt(tags or {})
    require_free(tags or {})
    found = source_of(actor, source, run_id=run_id, model_id=model_id)
    about = described(found.owner, found.folder)
    artifact, without = _artifact(found, about, now)
    said = documented(actor, found, about)
    with transaction.atomic():
        version = add_draft(actor=actor, model=model, metadata=said, artifact=artifact, now=now)
        cause = inventory.VERSION_ADDED.verb
        with act(events.VERSION_REGISTERED, actor=actor, subject=version, now=now, cause=cause) as version:
            RegisteredVersion(
                version=version,
                source=found.text,
                root=found.root,
                run=found.run,
                logged_model=found.model,
                run_link=run_link,
                description=description,
                without_file=without,
                tags=dict(tags or {}),
                changed_at=now,
            ).save()
            return version


def require_name(name: str) -> None:
    """Raises BadInput unless a model may be called so, as MLflow and the inventory have it."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable() or set(name) & set("/:\\"):
        raise BadInput(f"A registered model's name has 1 to {LONGEST_NAME} letters, and no slash or colon.")


def _refuse_prompt(tags: Mapping[str, str]) -> None:
    if str(tags.get(PROMPT_TAG, "")).lower() == "true":
        raise BadInput("Prompts are not registered here, models are.")


def _artifact(found: Source, about: Description, now: datetime) -> tuple[Artifact | None, str]:
    kept, form, why = loadable(found.owner, found.folder, about)
    if kept is None:
        return None, why
    try:
        return scan_artifact(kept.blob, path_of(kept.blob_id), form, now), ""
    except BadInput as refusal:
        return None, " ".join(sentence for group in refusal.errors.values() for sentence in group)
