"""Monitoring limits: when a closed window's figures are worth somebody's attention."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from apps.policies.rules.selection import Result, about, counted, described, matching, noise_floor, number
from apps.policies.rules.shapes import Applies, CaseResult, Document, Limit, Name, Select, Strict, Word, unique

Level = Literal["green", "yellow", "red", "unknown"]
LEVELS: tuple[Level, ...] = ("green", "unknown", "yellow", "red")


class Window(Strict):
    """How long a window lasts, from how many rows on it is judged, and how long outcomes take to arrive."""

    length_days: Annotated[int, Field(ge=1, le=366)]
    min_rows: Annotated[int, Field(ge=1)] = 100
    outcomes_after_days: Annotated[int, Field(ge=0, le=3650)] = 0


class Indicator(Strict):
    """One figure to watch. Outside `yellow` it wants a look, outside `red` it wants a finding.

    above_noise: a value that sample sizes alone would give raises nothing, whatever the limits say.
    """

    name: Name
    measure: Word
    select: Select = Select()
    yellow: Limit
    red: Limit
    min_n: Annotated[int, Field(ge=0)] = 0
    above_noise: bool = True

    @model_validator(mode="after")
    def _red_lies_beyond_yellow(self) -> "Indicator":
        for end, outwards in (("min", -1), ("max", 1)):
            yellow, red = getattr(self.yellow, end), getattr(self.red, end)
            if (yellow is None) != (red is None) or (yellow is not None and (red - yellow) * outwards < 0):
                raise ValueError(f"red must lie beyond yellow: its {end} is missing or on the wrong side.")
        return self


class WatchCase(Strict):
    """An example that the author worked out by hand: the level of each indicator by name."""

    name: Name
    results: list[CaseResult]
    expect: dict[str, Level] = Field(min_length=1)


class MonitoringLimits(Document):
    """What is watched while a model is in use, and when it raises an alert."""

    kind: Literal["monitoring_limits"]
    applies: Applies
    window: Window
    indicators: list[Indicator] = Field(min_length=1, max_length=200)
    cases: list[WatchCase] = []

    @model_validator(mode="after")
    def _hangs_together(self) -> "MonitoringLimits":
        names = [indicator.name for indicator in self.indicators]
        unique(names, "indicators")
        unique([case.name for case in self.cases], "cases")
        for case in self.cases:
            unknown = sorted(set(case.expect) - set(names))
            if unknown:
                raise ValueError(f"The case “{case.name}” speaks of an indicator “{unknown[0]}”, which isn't here.")
        return self


@dataclass(frozen=True)
class Reading:
    """What one indicator says of a window: its level, by which result, and why."""

    indicator: str
    measure: str
    select: Mapping[str, Any]
    level: Level
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    yellow: Mapping[str, float]
    red: Mapping[str, float]
    reason: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def watch(limits: MonitoringLimits, results: Sequence[Result]) -> list[Reading]:
    """What `limits` say of a window's `results`: one reading an indicator, by the worst of its results.

    Args:
        results: in the API's shape, series.noise_floor, where known, being the value that sample sizes alone give.
    """
    return [
        _read(indicator, matching(indicator.measure, indicator.select, results)) for indicator in limits.indicators
    ]


def _read(indicator: Indicator, found: Sequence[Result]) -> Reading:
    if not found:
        return _reading(indicator, {}, "unknown", f"The window has no result of {indicator.measure}.")
    readings = [_read_one(indicator, result) for result in found]
    known = [reading for reading in readings if reading.level != "unknown"]
    return max(known or readings, key=lambda r: (LEVELS.index(r.level), _distance(indicator, r)))


def _distance(indicator: Indicator, reading: Reading) -> float:
    return -indicator.yellow.margin(reading.value) if reading.value is not None else float("-inf")


def _read_one(indicator: Indicator, result: Result) -> Reading:
    value, n = result.get("value"), result.get("n")
    whom = f"{described(result)}: " if described(result) else ""
    if result.get("status", "ok") in ("not_available", "error") or value is None:
        told = str(result.get("reason") or "no reason was given").rstrip(".")
        return _reading(indicator, result, "unknown", f"{whom}It couldn't be measured: {told}.")
    if result.get("status") == "too_small" or (indicator.min_n and (n or 0) < indicator.min_n):
        return _reading(indicator, result, "unknown", f"{whom}{n or 0:,} rows are too few to judge by.")
    said = f"{whom}{number(value)}{f' ({counted(n)})' if n is not None else ''}"
    noise = noise_floor(result)
    if indicator.above_noise and noise is not None and abs(value) <= noise and not indicator.yellow.accepts(value):
        return _reading(indicator, result, "green", f"{said} is no more than chance would give, {number(noise)}.")
    if not indicator.red.accepts(value):
        return _reading(indicator, result, "red", f"{said} is beyond the red limit.")
    if not indicator.yellow.accepts(value):
        return _reading(indicator, result, "yellow", f"{said} is beyond the yellow limit.")
    return _reading(indicator, result, "green", f"{said} is within its limits.")


def _reading(indicator: Indicator, result: Result, level: Level, reason: str) -> Reading:
    return Reading(
        indicator=indicator.name,
        measure=indicator.measure,
        select=about(result) if result else indicator.select.as_dict(),
        level=level,
        value=result.get("value"),
        low=result.get("low"),
        high=result.get("high"),
        n=result.get("n"),
        yellow=indicator.yellow.as_dict(),
        red=indicator.red.as_dict(),
        reason=reason,
    )
