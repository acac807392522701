"""The protocol's calls on logged models."""

from typing import Annotated, Any

from django.utils import timezone
from pydantic import Field

from apps.accounts.models import User
from apps.tracking import events
from apps.tracking.models import LoggedModel, ModelMetric, Run
from apps.tracking.paths import root_of
from apps.tracking.protocol.door import call
from apps.tracking.protocol.files import in_folder
from apps.tracking.protocol.reading import Body, Text
from apps.tracking.protocol.refusals import missing
from apps.tracking.protocol.shapes import listed, milliseconds
from apps.tracking.protocol.tokens import offset_of, token_of
from apps.tracking.search.logged_models import By, Measure, searched
from apps.tracking.selectors.experiments import by_protocol_id
from apps.tracking.services import logged_models as services

Status = LoggedModel.Status
NUMBERED = {"1": Status.PENDING, "2": Status.READY, "3": Status.FAILED}  # as the client may number them
LONGEST_PARAM, LONGEST_TAG, MOST_MODELS = 6000, 8000, 10_000
Key = Annotated[Text, Field(min_length=1, max_length=250)]


class Setting(Body):
    key: Key
    value: Annotated[Text, Field(max_length=LONGEST_PARAM)] = ""


class LongTag(Body):
    key: Key
    value: Annotated[Text, Field(max_length=LONGEST_TAG)] = ""


class Create(Body):
    experiment_id: Text
    name: Annotated[Text, Field(max_length=500)] = ""
    model_type: Annotated[Text, Field(max_length=500)] = ""
    source_run_id: Text = ""
    params: list[Setting] = []
    tags: list[LongTag] = []


class One(Body):
    model_id: Text
    allow_deleted: bool = False


class Ending(Body):
    model_id: Text
    status: Text | int


class Params(Body):
    model_id: Text
    params: list[Setting] = []


class Tags(Body):
    model_id: Text
    tags: list[LongTag] = []


class OneTag(Body):
    model_id: Text
    tag_key: Text


class Folder(Body):
    model_id: Text
    artifact_directory_path: Text = ""


class OnDataset(Body):
    dataset_name: Text
    dataset_digest: Text = ""


class Order(Body):
    field_name: Text
    ascending: bool = True
    dataset_name: Text = ""
    dataset_digest: Text = ""

    def by(self) -> By:
        on = Measure(self.dataset_name, self.dataset_digest) if self.dataset_name else None
        return By(self.field_name, self.ascending, on)


class Search(Body):
    experiment_ids: Annotated[list[Text], Field(max_length=1000)]
    filter: Text = ""
    datasets: list[OnDataset] = []
    max_results: Annotated[int, Field(ge=1, le=MOST_MODELS)] = 100
    order_by: list[Order] = []
    page_token: Text = ""


@call(Create, events.LOGGED_MODEL_CREATED)
def create(user: User, asked: Create) -> dict[str, Any]:
    """Begin to log a model."""
    experiment = by_protocol_id(user, asked.experiment_id)
    if experiment is None:
        raise missing(f"No Experiment with id={asked.experiment_id} exists")
    model = services.create_logged_model(
        actor=user,
        experiment=experiment,
        now=timezone.now(),
        name=asked.name,
        model_type=asked.model_type,
        source_run=_run(user, asked.source_run_id),
        params={param.key: param.value for param in asked.params},
        tags={tag.key: tag.value for tag in asked.tags},
    )
    return {"model": shown(model)}


@call(One)
def get(user: User, asked: One) -> dict[str, Any]:
    """Show a logged model."""
    return {"model": shown(found(user, asked.model_id, put_aside=asked.allow_deleted))}


@call(Ending, events.LOGGED_MODEL_READY)
def finish(user: User, asked: Ending) -> dict[str, Any]:
    """Say that it is whole, or that its upload failed."""
    model = found(user, asked.model_id)
    status = NUMBERED.get(str(asked.status), str(asked.status))
    return {"model": shown(services.finish_logged_model(actor=user, model=model, status=status, now=timezone.now()))}


@call(One, events.LOGGED_MODEL_DELETED)
def delete(user: User, asked: One) -> dict[str, Any]:
    """Put it aside."""
    services.put_aside(actor=user, model=found(user, asked.model_id), now=timezone.now())
    return {}


@call(Params, events.LOGGED_MODEL_DESCRIBED)
def log_params(user: User, asked: Params) -> dict[str, Any]:
    """Set parameters, each once."""
    params = {param.key: param.value for param in asked.params}
    model = found(user, asked.model_id)
    services.describe_logged_model(actor=user, model=model, params=params, now=timezone.now())
    return {}


@call(Tags, events.LOGGED_MODEL_DESCRIBED)
def set_tags(user: User, asked: Tags) -> dict[str, Any]:
    """Set tags."""
    tags = {tag.key: tag.value for tag in asked.tags}
    model = found(user, asked.model_id)
    return {"model": shown(services.describe_logged_model(actor=user, model=model, tags=tags, now=timezone.now()))}


@call(OneTag, events.LOGGED_MODEL_DESCRIBED)
def delete_tag(user: User, asked: OneTag) -> dict[str, Any]:
    """Take a tag away."""
    model = found(user, asked.model_id)
    services.describe_logged_model(actor=user, model=model, without_tag=asked.tag_key, now=timezone.now())
    return {}


@call(Search)
def search(user: User, asked: Search) -> dict[str, Any]:
    """Search for logged models, a page at a time."""
    numbers = [int(text) for text in asked.experiment_ids if text.isascii() and text.isdecimal() and len(text) < 19]
    rows = LoggedModel.objects.visible_to(user).filter(experiment__in=numbers, put_aside_at=None)
    rows = rows.select_related("source_run").prefetch_related("metrics__run")
    on = [Measure(one.dataset_name, one.dataset_digest) for one in asked.datasets]
    offset = offset_of(asked.page_token)
    found = searched(rows, asked.filter, [order.by() for order in asked.order_by], on)
    page = list(found[offset : offset + asked.max_results + 1])
    said: dict[str, Any] = {"models": [shown(model) for model in page[: asked.max_results]]}
    if len(page) > asked.max_results:
        said["next_page_token"] = token_of(offset=offset + asked.max_results)
    return said


@call(Folder)
def folder(user: User, asked: Folder) -> dict[str, Any]:
    """List a folder of its files."""
    model = found(user, asked.model_id)
    return in_folder(model, model.experiment_id, asked.artifact_directory_path)


def found(user: User, reference: str, *, put_aside: bool = False) -> LoggedModel:
    """The logged model of that id.

    Raises:
        Fault: there is none that `user` may see, or it was put aside.
    """
    rows = LoggedModel.objects.visible_to(user).select_related("experiment", "source_run")
    rows = rows.prefetch_related("metrics__run")
    model: LoggedModel | None = rows.filter(reference=reference).first()
    if model is None or (model.put_aside_at is not None and not put_aside):
        raise missing(f"Logged model with ID '{reference}' not found.")
    return model


def shown(model: LoggedModel) -> dict[str, Any]:
    """A logged model as MLflow's clients read it."""
    info: dict[str, Any] = {
        "model_id": model.reference,
        "experiment_id": str(model.experiment_id),
        "name": model.name,
        "creation_timestamp_ms": milliseconds(model.created_at),
        "last_updated_timestamp_ms": milliseconds(model.changed_at),
        "artifact_uri": root_of(model.experiment_id, model.reference),
        "status": model.status,
        "tags": listed(model.tags),
    }
    info |= {"model_type": model.model_type} if model.model_type else {}
    info |= {"source_run_id": model.source_run.reference} if model.source_run else {}
    metrics = [_metric(model, row) for row in sorted(model.metrics.all(), key=lambda row: row.pk)]
    return {"info": info, "data": {"params": listed(model.params), "metrics": metrics}}


def _metric(model: LoggedModel, row: ModelMetric) -> dict[str, Any]:
    shown = {
        "key": row.key,
        "value": float("nan") if row.is_nan else row.value,
        "timestamp": row.timestamp,
        "step": row.step,
        "model_id": model.reference,
        "run_id": row.run.reference,
    }
    return shown | (
        {"dataset_name": row.dataset_name, "dataset_digest": row.dataset_digest} if row.dataset_name else {}
    )


def _run(user: User, reference: str) -> Run | None:
    if not reference:
        return None
    run: Run | None = Run.objects.visible_to(user).filter(reference=reference).first()
    if run is None:
        raise missing(f"Run with id={reference} not found")
    return run
