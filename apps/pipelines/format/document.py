"""A pipeline as a whole."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from apps.pipelines.format.calendar import Calendar
from apps.pipelines.format.shapes import (
    DatasetReference,
    ModelReference,
    Prose,
    Scalar,
    Sha256,
    Strict,
    Title,
    Word,
)
from apps.pipelines.format.steps import Step

MOST_STEPS = 60


def _calendar(said: str) -> str:
    Calendar.read(said)
    return said


def _zone(said: str) -> str:
    if said not in available_timezones():
        raise ValueError("There is no such time zone. Write it like Europe/Vienna, or UTC.")
    return said


class Environment(Strict):
    """Which libraries it is written for: the sha256 of a requirements lock that was sent before.

    The sandbox runs in this installation's own environment. Where that differs from the lock, the steps in the
    sandbox are refused, or the difference is noted with their results.
    """

    lock: Sha256
    on_difference: Literal["refuse", "note"] = "refuse"


class Concurrency(Strict):
    """How much of it goes on at once: runs, and steps of a run; what happens to a trigger while it is busy."""

    runs: int = Field(default=1, ge=1, le=20)
    steps: int = Field(default=4, ge=1, le=32)
    when_busy: Literal["queue", "skip"] = "queue"


class Schedule(Strict):
    """Calendar times, on the clock of a place."""

    cron: Annotated[str, AfterValidator(_calendar)]
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"

    @property
    def calendar(self) -> Calendar:
        return Calendar.read(self.cron)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Alerts(Strict):
    """Which alerts of the model's monitoring start it, from which level on."""

    families: list[Literal["drift", "population", "performance", "calibration", "fairness"]] = Field(min_length=1)
    level: Literal["yellow", "red"] = "red"


class Triggers(Strict):
    """What starts a run by itself; a person and a program with a token always can."""

    new_data: list[DatasetReference] = Field(default=[], max_length=50)
    alerts: Alerts | None = None
    schedule: Schedule | None = None


class Definition(Strict):
    """What a pipeline's text means."""

    name: Title
    description: Prose = ""
    model: ModelReference
    parameters: dict[Word, Scalar] = Field(default={}, max_length=100)
    environment: Environment | None = None
    concurrency: Concurrency = Concurrency()
    triggers: Triggers = Triggers()
    steps: list[Step] = Field(min_length=1, max_length=MOST_STEPS)

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)
