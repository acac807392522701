"""The protocol's calls on single runs."""

import posixpath
import re
from typing import Annotated, Any, Literal, Self

from django.http import HttpResponse
from django.utils import timezone
from pydantic import AfterValidator, Field, model_validator

from apps.accounts.models import User
from apps.tracking import events
from apps.tracking.facts import Batch, Data, Point, Use
from apps.tracking.models import Run
from apps.tracking.protocol.door import call
from apps.tracking.protocol.experiments import experiment_of
from apps.tracking.protocol.reading import Body, Int64, Number, Tag, Text
from apps.tracking.protocol.refusals import missing
from apps.tracking.protocol.shapes import run_info, run_shown, spelled
from apps.tracking.services import logbooks
from apps.tracking.services import runs as services

KEY = re.compile(r"[/\w.\- :]*")


def _path(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError("names may hold letters, digits, _ - . / : and blanks only")
    if posixpath.normpath(key) != key or key in (".", "..") or key.startswith(("/", "../")):
        raise ValueError(f"names are paths of a file system; did you mean '{posixpath.normpath(key)}'?")
    return key


Key = Annotated[Text, Field(min_length=1, max_length=250), AfterValidator(_path)]
TagKey = Key
Status = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]


class RunNamed(Body):
    """A run by its id; older clients say run_uuid."""

    run_id: Text

    @model_validator(mode="before")
    @classmethod
    def _older(cls, said: Any) -> Any:
        if isinstance(said, dict) and not said.get("run_id") and said.get("run_uuid"):
            return {**said, "run_id": said["run_uuid"]}
        return said


class Create(Body):
    experiment_id: Text = "0"
    user_id: Annotated[Text, Field(max_length=256)] = ""
    run_name: Annotated[Text, Field(max_length=500)] = ""
    start_time: Int64 | None = None
    tags: Annotated[list[Tag], Field(max_length=100)] = []


class Update(RunNamed):
    status: Status | None = None
    end_time: Int64 | None = None
    run_name: Annotated[Text, Field(max_length=500)] | None = None


class Metric(Body):
    key: Key
    value: Number
    timestamp: Int64
    step: Int64 = 0
    model_id: Annotated[Text, Field(max_length=64)] = ""
    dataset_name: Annotated[Text, Field(max_length=500)] = ""
    dataset_digest: Annotated[Text, Field(max_length=64)] = ""

    def point(self) -> Point:
        of = (self.model_id, self.dataset_name, self.dataset_digest)
        return Point(self.key, self.value, self.timestamp, self.step, *of)


class Param(Body):
    key: Key
    value: Text = ""


class RunTag(Tag):
    key: TagKey


class LogMetric(RunNamed, Metric):
    pass


class LogParam(RunNamed, Param):
    pass


class SetTag(RunNamed, RunTag):
    pass


class DeleteTag(RunNamed):
    key: TagKey


class LogBatch(RunNamed):
    metrics: Annotated[list[Metric], Field(max_length=1000)] = []
    params: Annotated[list[Param], Field(max_length=100)] = []
    tags: Annotated[list[RunTag], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _in_all(self) -> Self:
        if len(self.metrics) + len(self.params) + len(self.tags) > 1000:
            raise ValueError("a batch holds 1000 metrics, parameters and tags at most")
        return self


class Dataset(Body):
    name: Annotated[Text, Field(min_length=1, max_length=500)]
    digest: Annotated[Text, Field(min_length=1, max_length=64)]
    source_type: Annotated[Text, Field(max_length=100)] = ""
    source: Annotated[Text, Field(max_length=65535)] = ""
    schema_: Annotated[Text, Field(alias="schema", max_length=1048575)] = ""
    profile: Annotated[Text, Field(max_length=16777215)] = ""


class InputTag(Body):
    key: Annotated[Text, Field(max_length=255)]
    value: Annotated[Text, Field(max_length=500)] = ""


class DatasetInput(Body):
    dataset: Dataset
    tags: list[InputTag] = []

    def data(self) -> Data:
        of = self.dataset
        tags = {tag.key: tag.value for tag in self.tags}
        return Data(of.name, of.digest, of.source_type, of.source, of.schema_, of.profile, tags)


class ModelInput(Body):
    model_id: Annotated[Text, Field(min_length=1, max_length=64)]


class ModelOutput(ModelInput):
    step: Int64 = 0


class LogInputs(RunNamed):
    datasets: Annotated[list[DatasetInput], Field(max_length=1000)] = []
    models: Annotated[list[ModelInput], Field(max_length=1000)] = []


class LogOutputs(RunNamed):
    models: Annotated[list[ModelOutput], Field(max_length=1000)] = []


@call(Create, events.RUN_STARTED)
def create(user: User, asked: Create) -> HttpResponse:
    run = services.start_run(
        actor=user,
        experiment=experiment_of(user, asked.experiment_id),
        name=asked.run_name,
        started_ms=asked.start_time,
        claimed_user=asked.user_id,
        tags={tag.key: tag.value for tag in asked.tags},
        now=timezone.now(),
    )
    return spelled('{"run":', run_shown(run), "}")


@call(Update, events.RUN_ENDED)
def update(user: User, asked: Update) -> dict[str, Any]:
    run = services.update_run(
        actor=user,
        reference=asked.run_id,
        status=asked.status,
        ended_ms=asked.end_time,
        name=asked.run_name,
        now=timezone.now(),
    )
    return {"run_info": run_info(run)}


@call(RunNamed)
def get(user: User, asked: RunNamed) -> HttpResponse:
    rows = Run.objects.visible_to(user).select_related("experiment", "logbook")
    run = rows.filter(reference=asked.run_id).first()
    if run is None:
        raise missing(f"Run '{asked.run_id}' not found.")
    return spelled('{"run":', run_shown(run), "}")


@call(RunNamed, events.RUN_DELETED)
def delete(user: User, asked: RunNamed) -> None:
    services.put_aside(actor=user, reference=asked.run_id, now=timezone.now())


@call(RunNamed, events.RUN_RESTORED)
def restore(user: User, asked: RunNamed) -> None:
    services.take_back(actor=user, reference=asked.run_id, now=timezone.now())


@call(LogMetric, events.RUN_AMENDED)
def log_metric(user: User, asked: LogMetric) -> None:
    _log(user, asked, Batch(points=[asked.point()]))


@call(LogParam, events.RUN_AMENDED)
def log_parameter(user: User, asked: LogParam) -> None:
    _log(user, asked, Batch(params=[(asked.key, asked.value)]))


@call(SetTag, events.RUN_AMENDED)
def set_tag(user: User, asked: SetTag) -> None:
    _log(user, asked, Batch(tags={asked.key: asked.value}))


@call(DeleteTag, events.RUN_AMENDED)
def delete_tag(user: User, asked: DeleteTag) -> None:
    logbooks.take_tag_away(actor=user, reference=asked.run_id, key=asked.key, now=timezone.now())


@call(LogBatch, events.RUN_AMENDED)
def log_batch(user: User, asked: LogBatch) -> None:
    params = [(param.key, param.value) for param in asked.params]
    tags = {tag.key: tag.value for tag in asked.tags}
    _log(user, asked, Batch([metric.point() for metric in asked.metrics], params, tags))


@call(LogInputs, events.RUN_AMENDED)
def log_inputs(user: User, asked: LogInputs) -> None:
    uses = [Use(model.model_id, made=False) for model in asked.models]
    _log(user, asked, Batch(data=[one.data() for one in asked.datasets], uses=uses))


@call(LogOutputs, events.RUN_AMENDED)
def log_outputs(user: User, asked: LogOutputs) -> None:
    _log(user, asked, Batch(uses=[Use(model.model_id, made=True, step=model.step) for model in asked.models]))


def _log(user: User, asked: RunNamed, batch: Batch) -> None:
    logbooks.log(actor=user, reference=asked.run_id, batch=batch, now=timezone.now())
