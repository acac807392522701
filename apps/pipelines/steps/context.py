"""What a step is given while it is done: what it says, what it takes, whom it acts as, where to say how it goes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from apps.accounts.models import User
from apps.core.canonical import digest
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tables import table_path
from apps.files.services import path_of
from apps.jobs.errors import CannotBeDone
from apps.jobs.running import Run as JobRun
from apps.pipelines import environment
from apps.pipelines.format import inputs_of
from apps.pipelines.format.shapes import settle
from apps.pipelines.logs import Book
from apps.pipelines.models import Pipeline, PipelineRun, StepRun

Given = Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class Waits:
    """The step isn't done yet: it ends with what `reference` names."""

    reference: str


@dataclass(frozen=True)
class Fails:
    """The step failed for good, and what it wrote of that stays."""

    sentence: str


@dataclass
class Context:
    """One try of a step."""

    step: StepRun
    job: JobRun
    book: Book
    started: float = field(default_factory=time.monotonic)
    engine: dict[str, Any] = field(default_factory=dict)

    @property
    def run(self) -> PipelineRun:
        return self.step.run

    @property
    def pipeline(self) -> Pipeline:
        return self.step.run.pipeline

    @property
    def said(self) -> Any:
        """The step as it is written: one of `format.steps`."""
        return self.step.said

    @property
    def actor(self) -> User:
        """Whom the step acts as."""
        return self.pipeline.owner

    @cached_property
    def inputs(self) -> Given:
        """What it takes, by the field that says it: another step's output, or a version of a dataset."""
        return {taken.field: self._given(taken) for taken in inputs_of(self.run.definition, self.said)}

    def input(self, name: str) -> dict[str, Any]:
        return self.inputs[name]

    def table(self, name: str) -> DatasetVersion:
        """The table that is taken under `name`.

        Raises:
            CannotBeDone: the pipeline's owner may not see it.
        """
        return self.version_of_data(self.inputs[name]["reference"])

    def version_of_data(self, reference: str) -> DatasetVersion:
        rows = DatasetVersion.objects.visible_to(self.actor).select_related("dataset")
        found: DatasetVersion | None = rows.filter(reference=reference).first()
        if found is None:
            raise CannotBeDone(f"There is no {reference} that {self.actor}, whom this pipeline acts as, may see.")
        return found

    def file(self, name: str) -> Path:
        """The bytes of an input, to read: a table's Parquet, or a file."""
        given = self.inputs[name]
        return table_path(self.table(name)) if given["kind"] == "table" else path_of(given["digest"])

    def settings(self, said: dict[str, Any]) -> dict[str, Any]:
        """Settings with the run's parameters put in."""
        return settle(said, self.run.parameters)

    def fingerprint(self, revision: int, more: Mapping[str, Any]) -> str:
        """The sha256 that equal work has: what the step says, takes, and runs with."""
        said = self.said.model_dump(mode="json", by_alias=True)
        for beside_the_point in ("name", "description", "needs", "timeout_seconds", "retry", "reuse", "limits"):
            said.pop(beside_the_point, None)
        taken = {name: _identity(given) for name, given in self.inputs.items()}
        parameters = {name: self.run.parameters[name] for _, name in self.said.parameters()}
        lock = self.run.definition.environment
        return digest(
            {
                "kind": self.said.kind,
                "revision": revision,
                "says": _places_left_out(self.said, said),
                "takes": taken,
                "code": [script.sha256 for script in self.said.scripts()],
                "parameters": parameters,
                "environment": environment.here()["digest"],
                "lock": lock.lock if lock else "",
                **more,
            }
        )

    def look_up(self, share: float = 0.0, message: str = "") -> None:
        """Say how far it is; ends the step where it was cancelled or its time is over.

        Raises:
            Cancelled: it was cancelled; let it pass.
            CannotBeDone: it took longer than it may.
        """
        self.job.progress(share, message)
        if self.seconds > self.said.timeout_seconds:
            raise CannotBeDone(f"It was stopped: it ran longer than {self.said.timeout_seconds:,} seconds.")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def say(self, sentence: str) -> None:
        """Put a sentence of ours into the step's log."""
        self.book.say(sentence)

    def _given(self, taken: Any) -> dict[str, Any]:
        if taken.dataset_version:
            return table_output(self.version_of_data(taken.dataset_version))
        source = self.run.steps.select_related("result").get(name=taken.step)
        if source.result is None:
            raise CannotBeDone(f"The step “{taken.step}” has given nothing yet.")
        given: dict[str, Any] = source.result.outputs[taken.output]
        return given


def table_output(version: DatasetVersion) -> dict[str, Any]:
    """A version of a dataset as a step gives it."""
    return {
        "kind": "table",
        "reference": version.reference,
        "digest": version.digest,
        "rows": version.rows,
        "columns": [column["name"] for column in version.columns],
    }


def _identity(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("kind", "reference", "digest", "original") if given.get(name)}


def _places_left_out(step: Any, said: dict[str, Any]) -> dict[str, Any]:
    """What the step says without the names of the steps it takes from: what counts is what they gave."""
    for path, _, _ in step.wanted():
        holder = said
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = ""
    return said
