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


class Create(Body):
    name: Name
    tags: list[Tag] = []


class Named(Body):
    experiment_id: Text


class ByName(Body):
    experiment_name: Text


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
