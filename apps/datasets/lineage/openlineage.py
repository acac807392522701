"""What an OpenLineage event says, as far as we use it: the rest is kept as it came.

Source: the OpenLineage object model, specification 2-0-2 (RunEvent, JobEvent, DatasetEvent) and its facets schema,
columnLineage and documentation; Apache-2.0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from apps.core.errors import BadInput
from apps.core.shapes import sentence

MOST_TABLES, MOST_COLUMNS = 500, 5_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]
EventType = Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]


class Said(BaseModel):
    """A part of an event: other fields than ours are the sender's business."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Origin(Said):
    """A column that a column comes of; without `field`, the whole table."""

    namespace: Name
    name: Name
    field: Name | None = None


class Sources(Said):
    comes_of: list[Origin] = Field(alias="inputFields", max_length=MOST_COLUMNS, default=[])


class ColumnLineage(Said):
    fields: dict[Name, Sources] = Field(max_length=MOST_COLUMNS, default={})
    dataset: list[Origin] = Field(max_length=MOST_COLUMNS, default=[])  # columns that shape the whole: filters, joins


class Facets(Said):
    column_lineage: ColumnLineage | None = Field(alias="columnLineage", default=None)


class Table(Said):
    namespace: Name
    name: Name
    facets: Facets = Facets()


class Job(Said):
    namespace: Name
    name: Name


class Run(Said):
    run_id: UUID = Field(alias="runId")


class Event(Said):
    """Any of the three: a run's event has a run, a job's event no run, a dataset's event only a table."""

    at: AwareDatetime = Field(alias="eventTime")
    type: EventType = Field(alias="eventType", default="OTHER")
    producer: Name = "not stated"
    run: Run | None = None
    job: Job | None = None
    dataset: Table | None = None
    inputs: list[Table] = Field(max_length=MOST_TABLES, default=[])
    outputs: list[Table] = Field(max_length=MOST_TABLES, default=[])


class Told(NamedTuple):
    """A table or job by its two names."""

    namespace: str
    name: str


class ToldLink(NamedTuple):
    """That one table was made of another; `gives` as in apps.core.lineage.Link."""

    source: Told
    target: Told
    gives: dict[str, list[str]] | None


def read_event(body: Any) -> Event:
    """The event that a JSON body says.

    Raises:
        BadInput: by field, what of it is not as OpenLineage has it.
    """
    try:
        event = Event.model_validate(body)
    except ValidationError as refused:
        raise BadInput(errors=_by_field(refused)) from None
    if event.job is None and event.dataset is None:
        raise BadInput(errors={"job": ["An event is about a job, or else about a dataset."]})
    if event.run is not None and event.job is None:
        raise BadInput(errors={"job": ["A run is a run of a job. Name it."]})
    return event


def links_of(event: Event) -> list[ToldLink]:
    """Each input with each output; a job that reads or writes only stands for what is missing."""
    if event.job is None:
        return []
    job = Told(event.job.namespace, event.job.name)
    inputs = [Told(table.namespace, table.name) for table in event.inputs]
    outputs = [Told(table.namespace, table.name) for table in event.outputs]
    if not (inputs and outputs):
        return [ToldLink(source, job, None) for source in inputs] + [
            ToldLink(job, target, None) for target in outputs
        ]
    return [
        ToldLink(source, Told(table.namespace, table.name), _gives(source, table.facets.column_lineage))
        for source in dict.fromkeys(inputs)
        for table in event.outputs
        if source != Told(table.namespace, table.name)
    ]


def _gives(source: Told, said: ColumnLineage | None) -> dict[str, list[str]] | None:
    """The source's columns with those each ends in; None where the sender did not say, or named the whole table."""
    if said is None:
        return None
    gives: defaultdict[str, list[str]] = defaultdict(list)
    for column, origin in _origins(source, said):
        if origin.field is None:
            return None
        gives[origin.field] += [column] if column else []
    whole = {origin.field for column, origin in _origins(source, said) if not column}
    return {name: [] if name in whole else sorted(set(columns)) for name, columns in sorted(gives.items())}


def _origins(source: Told, said: ColumnLineage) -> Iterator[tuple[str, Origin]]:
    """(column, what of the source it comes of); the column is "" where the whole table rests on it."""
    named: Iterable[tuple[str, Iterable[Origin]]] = [
        *((column, origins.comes_of) for column, origins in said.fields.items()),
        ("", said.dataset),
    ]
    for column, origins in named:
        for origin in origins:
            if Told(origin.namespace, origin.name) == source:
                yield column, origin


def _by_field(refused: ValidationError) -> dict[str, list[str]]:
    errors: defaultdict[str, list[str]] = defaultdict(list)
    for found in refused.errors():
        errors[_spelled(found["loc"])].append(_sentence(found))
    return dict(errors)


def _spelled(place: Iterable[str | int]) -> str:
    spelled = ""
    for step in place:
        spelled += f"[{step}]" if isinstance(step, int) else f".{step}" if spelled else step
    return spelled or "body"


def _sentence(found: Mapping[str, Any]) -> str:
    kind = found["type"]
    if kind.startswith("uuid"):
        return "A run is named by a UUID."
    if kind.startswith("datetime") or kind == "timezone_aware":
        return "Write a moment with its offset, such as 2026-11-24T10:00:00Z."
    return sentence(found)


def run_event(
    *,
    at: datetime,
    run: UUID,
    job: Told,
    inputs: list[dict[str, Any]],
    outputs: list[dict[str, Any]],
    producer: str,
) -> dict[str, Any]:
    """A COMPLETE event as JSON, for a receiver of OpenLineage."""
    return {
        "eventType": "COMPLETE",
        "eventTime": at.isoformat().replace("+00:00", "Z"),
        "producer": producer,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": str(run)},
        "job": {"namespace": job.namespace, "name": job.name},
        "inputs": inputs,
        "outputs": outputs,
    }
