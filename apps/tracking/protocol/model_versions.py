"""The protocol's calls on versions of registered models."""

from typing import Annotated, Any

from django.utils import timezone
from pydantic import Field

from apps.accounts.models import User
from apps.inventory import events as inventory
from apps.inventory.models import ModelVersion
from apps.tracking import events
from apps.tracking.protocol.door import call
from apps.tracking.protocol.reading import Body, Text
from apps.tracking.protocol.refusals import Fault, missing
from apps.tracking.protocol.registered_models import KEPT, Description, Key, RegistryTag, Value, found, version_found
from apps.tracking.protocol.registry_shapes import version_shown
from apps.tracking.protocol.tokens import offset_of, token_of
from apps.tracking.search.registry import versions_searched
from apps.tracking.selectors.registry import versions_shown
from apps.tracking.services import entries
from apps.tracking.services.registry import register_version

MOST_VERSIONS = 200_000


class Create(Body):
    name: Text
    source: Annotated[Text, Field(max_length=2000)]
    run_id: Text = ""
    model_id: Text = ""
    run_link: Annotated[Text, Field(max_length=500)] = ""
    description: Description = ""
    tags: list[RegistryTag] = []


class One(Body):
    name: Text
    version: Text


class Update(One):
    description: Description | None = None


class Stage(One):
    stage: Text
    archive_existing_versions: bool = False


class SetTag(One):
    key: Key
    value: Value = ""


class DeleteTag(One):
    key: Key


class Search(Body):
    filter: Text = ""
    max_results: Annotated[int, Field(ge=1, le=MOST_VERSIONS)] = 10_000
    order_by: list[Text] = []
    page_token: Text = ""


@call(Create, inventory.VERSION_ADDED)
def create(user: User, asked: Create) -> dict[str, Any]:
    """Register a version, from what a run or a logged model keeps."""
    version = register_version(
        actor=user,
        model=found(user, asked.name),
        source=asked.source,
        run_id=asked.run_id,
        model_id=asked.model_id,
        run_link=asked.run_link,
        description=asked.description,
        tags={tag.key: tag.value for tag in asked.tags},
        now=timezone.now(),
    )
    return _shown(user, asked.name, version.number)


@call(One)
def get(user: User, asked: One) -> dict[str, Any]:
    """Show a version."""
    return _shown(user, asked.name, asked.version)


@call(Update, events.VERSION_DESCRIBED)
def update(user: User, asked: Update) -> dict[str, Any]:
    """Change its description."""
    if asked.description is not None:
        version = _version(user, asked)
        entries.describe_version(actor=user, version=version, description=asked.description, now=timezone.now())
    return _shown(user, asked.name, asked.version)


@call(One)
def delete(user: User, asked: One) -> None:
    """Evidence stays."""
    raise Fault("PERMISSION_DENIED", KEPT.format(_version(user, asked).reference))


@call(Search)
def search(user: User, asked: Search) -> dict[str, Any]:
    """Search for versions, a page at a time."""
    rows = versions_shown(ModelVersion.objects.visible_to(user))
    offset = offset_of(asked.page_token)
    page = list(versions_searched(rows, asked.filter, asked.order_by)[offset : offset + asked.max_results + 1])
    shown: dict[str, Any] = {"model_versions": [version_shown(row) for row in page[: asked.max_results]]}
    if len(page) > asked.max_results:
        shown["next_page_token"] = token_of(offset=offset + asked.max_results)
    return shown


@call(One)
def download_uri(user: User, asked: One) -> dict[str, Any]:
    """Where its files are kept."""
    version = _version(user, asked)
    entry = getattr(version, "registered", None)
    if entry is None or not entry.root:
        raise missing(f"{version.reference} came by another door than MLflow's, so it has no MLflow folder.")
    return {"artifact_uri": entry.root}


@call(Stage, events.STAGE_SET)
def transition(user: User, asked: Stage) -> dict[str, Any]:
    """Put it into a stage."""
    entries.set_stage(
        actor=user,
        version=_version(user, asked),
        stage=asked.stage,
        archive_others=asked.archive_existing_versions,
        now=timezone.now(),
    )
    return _shown(user, asked.name, asked.version)


@call(SetTag, events.VERSION_TAGGED)
def set_tag(user: User, asked: SetTag) -> None:
    """Set a tag."""
    tags = {asked.key: asked.value}
    entries.tag_version(actor=user, version=_version(user, asked), tags=tags, now=timezone.now())


@call(DeleteTag, events.VERSION_TAGGED)
def delete_tag(user: User, asked: DeleteTag) -> None:
    """Take a tag away."""
    entries.tag_version(actor=user, version=_version(user, asked), without_tag=asked.key, now=timezone.now())


def _version(user: User, asked: One) -> ModelVersion:
    return version_found(found(user, asked.name), asked.version)


def _shown(user: User, name: str, number: str) -> dict[str, Any]:
    return {"model_version": version_shown(version_found(found(user, name), number))}
