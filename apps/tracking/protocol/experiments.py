"""The protocol's calls on experiments."""

from typing import Annotated, Any

from django.utils import timezone
from pydantic import Field

from apps.accounts.models import User
from apps.tracking import events
from apps.tracking.models import Experiment
from apps.tracking.protocol.door import call
from apps.tracking.protocol.reading import Body, Tag, Text
from apps.tracking.protocol.refusals import missing
from apps.tracking.protocol.shapes import experiment_shown
from apps.tracking.selectors.experiments import by_name, by_protocol_id
from apps.tracking.services import experiments as services

DEFAULT_ID = "0"  # by which the client names no experiment in particular

Name = Annotated[Text, Field(min_length=1, max_length=500)]
TagKey = Annotated[Text, Field(min_length=1, max_length=250)]


class Create(Body):
    name: Name
    tags: list[Tag] = []


class Named(Body):
    experiment_id: Text


class ByName(Body):
    experiment_name: Text


class Rename(Named):
    new_name: Name


class SetTag(Named):
    key: TagKey
    value: Annotated[Text, Field(max_length=20_000)] = ""


class DeleteTag(Named):
    key: TagKey


@call(Create, events.EXPERIMENT_CREATED)
def create(user: User, asked: Create) -> dict[str, Any]:
    tags = {tag.key: tag.value for tag in asked.tags}
    made = services.create_experiment(actor=user, name=asked.name, tags=tags, now=timezone.now())
    return {"experiment_id": made.protocol_id}


@call(Named)
def get(user: User, asked: Named) -> dict[str, Any]:
    return {"experiment": experiment_shown(experiment_of(user, asked.experiment_id))}


@call(ByName)
def get_by_name(user: User, asked: ByName) -> dict[str, Any]:
    found = by_name(user, asked.experiment_name)
    if found is None:
        raise missing(f"There is no experiment named {asked.experiment_name!r} here.")
    return {"experiment": experiment_shown(found)}


@call(Rename, events.EXPERIMENT_RENAMED)
def update(user: User, asked: Rename) -> None:
    services.rename_experiment(
        actor=user, experiment=experiment_of(user, asked.experiment_id), name=asked.new_name, now=timezone.now()
    )


@call(Named, events.EXPERIMENT_DELETED)
def delete(user: User, asked: Named) -> None:
    services.put_aside(actor=user, experiment=experiment_of(user, asked.experiment_id), now=timezone.now())


@call(Named, events.EXPERIMENT_RESTORED)
def restore(user: User, asked: Named) -> None:
    services.take_back(actor=user, experiment=experiment_of(user, asked.experiment_id), now=timezone.now())


@call(SetTag, events.EXPERIMENT_TAGGED)
def set_tag(user: User, asked: SetTag) -> None:
    experiment = experiment_of(user, asked.experiment_id)
    services.tag_experiment(actor=user, experiment=experiment, key=asked.key, value=asked.value, now=timezone.now())


@call(DeleteTag, events.EXPERIMENT_TAGGED)
def delete_tag(user: User, asked: DeleteTag) -> None:
    experiment = experiment_of(user, asked.experiment_id)
    if asked.key not in experiment.tags:
        raise missing(f"No tag with name: {asked.key} in experiment with id {asked.experiment_id}")
    services.tag_experiment(actor=user, experiment=experiment, key=asked.key, value=None, now=timezone.now())


def experiment_of(user: User, number: str) -> Experiment:
    """The experiment of that id, where `user` may know of it; "0" is the default one of their own business unit.

    Raises:
        Fault: RESOURCE_DOES_NOT_EXIST.
    """
    if number == DEFAULT_ID and user.has_perm(str(events.EXPERIMENT_CREATED.permission)):
        return services.default_experiment(actor=user, now=timezone.now())
    found = by_name(user, Experiment.DEFAULT_NAME) if number == DEFAULT_ID else by_protocol_id(user, number)
    if found is None:
        raise missing(f"There is no experiment with id '{number}' here.")
    return found
