"""The protocol's calls on registered models, which are the inventory's models."""

from typing import Annotated, Any

from django.utils import timezone
from pydantic import Field

from apps.accounts.models import User
from apps.inventory import events as inventory
from apps.inventory.models import Model, ModelVersion
from apps.inventory.services.registering import change_model
from apps.tracking import events
from apps.tracking.models import RegisteredVersion
from apps.tracking.protocol.door import call
from apps.tracking.protocol.reading import Body, Text
from apps.tracking.protocol.refusals import Fault, missing
from apps.tracking.protocol.registry_shapes import model_shown, version_shown
from apps.tracking.protocol.tokens import offset_of, token_of
from apps.tracking.search.registry import models_searched
from apps.tracking.selectors.registry import model_named, newest_of, version_of
from apps.tracking.services import entries
from apps.tracking.services.registry import register, require_name
from apps.tracking.usable import require_usable

KEPT = "'{}' is part of the inventory and is not deleted. Retire the model when it is no longer used."
MOST_MODELS = 1000
Key = Annotated[Text, Field(min_length=1, max_length=250)]
Value = Annotated[Text, Field(max_length=5000)]
Description = Annotated[Text, Field(max_length=20_000)]
Name = Annotated[Text, Field(min_length=1)]


class RegistryTag(Body):
    key: Key
    value: Value = ""


class Create(Body):
    name: Name
    description: Description = ""
    tags: list[RegistryTag] = []


class One(Body):
    name: Name


class Rename(One):
    new_name: Name


class Update(One):
    description: Description = ""


class SetTag(One):
    key: Key
    value: Value = ""


class DeleteTag(One):
    key: Key


class Alias(One):
    alias: Annotated[Text, Field(min_length=1)]


class SetAlias(Alias):
    version: Text


class Latest(One):
    stages: list[Text] = []


class Search(Body):
    filter: Text = ""
    max_results: Annotated[int, Field(ge=1, le=MOST_MODELS)] = 100
    order_by: list[Text] = []
    page_token: Text = ""


@call(Create, inventory.MODEL_REGISTERED)
def create(user: User, asked: Create) -> dict[str, Any]:
    """Register a model."""
    tags = {tag.key: tag.value for tag in asked.tags}
    model = register(actor=user, name=asked.name, description=asked.description, tags=tags, now=timezone.now())
    return {"registered_model": model_shown(found(user, model.name))}


@call(One)
def get(user: User, asked: One) -> dict[str, Any]:
    """Show a registered model."""
    model = found(user, asked.name)
    return {"registered_model": model_shown(model, newest_of([model]).get(model.pk, []))}


@call(Rename, inventory.MODEL_CHANGED)
def rename(user: User, asked: Rename) -> dict[str, Any]:
    """Give it another name."""
    require_name(asked.new_name)
    model = change_model(actor=user, model=found(user, asked.name), name=asked.new_name, now=timezone.now())
    return {"registered_model": model_shown(model)}


@call(Update, inventory.MODEL_CHANGED)
def update(user: User, asked: Update) -> dict[str, Any]:
    """Change its description."""
    model = found(user, asked.name)
    changed = change_model(actor=user, model=model, description=asked.description, now=timezone.now())
    return {"registered_model": model_shown(changed)}


@call(One)
def delete(user: User, asked: One) -> None:
    """Evidence stays."""
    raise Fault("PERMISSION_DENIED", KEPT.format(found(user, asked.name).name))


@call(Search)
def search(user: User, asked: Search) -> dict[str, Any]:
    """Search for registered models, a page at a time."""
    rows = Model.objects.visible_to(user).select_related("registered", "created_by")
    offset = offset_of(asked.page_token)
    page = list(models_searched(rows, asked.filter, asked.order_by)[offset : offset + asked.max_results + 1])
    newest = newest_of(page[: asked.max_results])
    shown: dict[str, Any] = {
        "registered_models": [model_shown(row, newest.get(row.pk, [])) for row in page[: asked.max_results]]
    }
    if len(page) > asked.max_results:
        shown["next_page_token"] = token_of(offset=offset + asked.max_results)
    return shown


@call(Latest)
def latest_versions(user: User, asked: Latest) -> dict[str, Any]:
    """The newest version of each stage. One asked for as Production is to be used: its approval has to count."""
    model, now = found(user, asked.name), timezone.now()
    wanted = {stage.lower() for stage in asked.stages}
    unknown = wanted - {stage.lower() for stage in RegisteredVersion.Stage.values}
    if unknown:
        raise Fault("INVALID_PARAMETER_VALUE", f"Invalid stage: '{min(unknown)[:60]}'.")
    shown = [version_shown(version) for version in _of_stages(model, wanted)]
    if RegisteredVersion.Stage.PRODUCTION.lower() in wanted:
        for version in _of_stages(model, {"production"}):
            require_usable(version, now, because="The stage 'Production'")
    return {"model_versions": shown}


@call(SetTag, events.MODEL_TAGGED)
def set_tag(user: User, asked: SetTag) -> None:
    """Set a tag."""
    tags = {asked.key: asked.value}
    entries.change_entry(actor=user, model=found(user, asked.name), tags=tags, now=timezone.now())


@call(DeleteTag, events.MODEL_TAGGED)
def delete_tag(user: User, asked: DeleteTag) -> None:
    """Take a tag away."""
    entries.change_entry(actor=user, model=found(user, asked.name), without_tag=asked.key, now=timezone.now())


@call(SetAlias, events.ALIAS_SET)
def set_alias(user: User, asked: SetAlias) -> None:
    """Have an alias name a version."""
    model = found(user, asked.name)
    version = version_found(model, asked.version)
    entries.set_alias(actor=user, model=model, alias=asked.alias, version=version, now=timezone.now())


@call(Alias, events.ALIAS_REMOVED)
def delete_alias(user: User, asked: Alias) -> None:
    """Take an alias away."""
    entries.remove_alias(actor=user, model=found(user, asked.name), alias=asked.alias, now=timezone.now())


@call(Alias)
def get_by_alias(user: User, asked: Alias) -> dict[str, Any]:
    """The version that an alias names. One that means use names it while its approval counts."""
    model = found(user, asked.name)
    entry = getattr(model, "registered", None)
    number = entry.aliases.get(asked.alias) if entry else None
    if number is None:
        raise Fault("INVALID_PARAMETER_VALUE", f"Registered model alias {asked.alias} not found.")
    version = version_found(model, number)
    if entries.means_use(asked.alias):
        require_usable(version, timezone.now(), because=f"The alias '{asked.alias}'")
    return {"model_version": version_shown(version)}


def found(user: User, name: str) -> Model:
    """The registered model of that name.

    Raises:
        Fault: there is none that `user` may see.
    """
    model = model_named(user, name)
    if model is None:
        raise missing(f"Registered Model with name={name} not found")
    return model


def version_found(model: Model, number: str) -> ModelVersion:
    """The version of that number.

    Raises:
        Fault: there is none.
    """
    version = version_of(model, number)
    if version is None:
        raise missing(f"Model Version (name={model.name}, version={number}) not found")
    return version


def _of_stages(model: Model, wanted: set[str]) -> list[ModelVersion]:
    newest = newest_of([model]).get(model.pk, [])
    return [version for version in newest if not wanted or version_shown(version)["current_stage"].lower() in wanted]
