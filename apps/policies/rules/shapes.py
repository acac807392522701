"""The shapes that several kinds of policy share."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Sentence = Annotated[str, StringConstraints(max_length=2000)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]*$", max_length=80)]
Task = Literal["binary_classification", "multiclass", "regression"]
Tier = Annotated[int, Field(ge=1, le=9)]
Number = float
Label = str | int | float | bool

ANY = "any"
INTERSECTIONS = "intersections"


class Strict(BaseModel):
    """A part of a policy: unknown fields are refused, nothing is converted, NaN is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, populate_by_name=True)


class Document(Strict):
    """What every policy begins with."""

    kind: str
    name: Name
    description: Sentence = ""


class Applies(Strict):
    """What a policy governs: these tasks in these tiers, everywhere or only in these sectors."""

    tasks: list[Task] = Field(min_length=1)
    tiers: list[Tier] = Field(min_length=1)
    sectors: list[Word] = []


class Select(Strict):
    """Which results of a measure are meant. What isn't selected must be absent from the result.

    attribute: a name, "any" single attribute or column, or "intersections" of attributes; group, class and slice: one
    label, or "any". With an attribute and no group, all its groups are meant.
    """

    attribute: Name | None = None
    group: dict[str, Label] | None = None
    class_: Label | None = Field(default=None, alias="class")
    slice_: dict[str, Label] | Literal["any"] | None = Field(default=None, alias="slice")

    @model_validator(mode="after")
    def _group_needs_attribute(self) -> "Select":
        if self.group is not None and self.attribute is None:
            raise ValueError("A group is a group of an attribute: name the attribute too, or write attribute: any.")
        return self

    def as_dict(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_none=True)


class Limit(Strict):
    """What is accepted: at least `min`, at most `max`; the limit itself passes."""

    min: Number | None = None
    max: Number | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Limit":
        if self.min is None and self.max is None:
            raise ValueError("A limit needs min, max or both.")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is above max, so nothing could pass.")
        return self

    def as_dict(self) -> dict[str, float]:
        return {name: end for name, end in (("min", self.min), ("max", self.max)) if end is not None}

    def accepts(self, value: float) -> bool:
        return self.margin(value) >= 0

    def margin(self, value: float) -> float:
        """How far inside the nearer end `value` lies, in the measure's unit; below zero outside."""
        gaps = []
        if self.min is not None:
            gaps.append(value - self.min)
        if self.max is not None:
            gaps.append(self.max - value)
        return min(gaps)

    def accepts_all(self, low: float, high: float) -> bool:
        return self.accepts(low) and self.accepts(high)

    def accepts_none(self, low: float, high: float) -> bool:
        return (self.min is not None and high < self.min) or (self.max is not None and low > self.max)

    def straddled_by(self, low: float, high: float) -> bool:
        """Whether some plausible values pass and some don't, so that the interval doesn't settle it."""
        return not self.accepts_all(low, high) and not self.accepts_none(low, high)


class CaseResult(Strict):
    """A result made up for an example case, in the API's shape; what a case doesn't need may be left out."""

    measure: Word
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    n: int | None = None
    attribute: Name | None = None
    group: dict[str, Label] | None = None
    class_: Label | None = Field(default=None, alias="class")
    slice_: dict[str, Label] | None = Field(default=None, alias="slice")
    status: Literal["ok", "not_available", "too_small", "error"] = "ok"
    reason: Sentence = ""
    noise: Number | None = None

    def as_dict(self) -> dict[str, Any]:
        """The result as a measure gives it: the noise floor stands in its series."""
        written = self.model_dump(by_alias=True, exclude_none=True, exclude={"noise"})
        return written if self.noise is None else written | {"series": {"noise_floor": self.noise}}


def unique(names: list[str], what: str) -> None:
    """Refuse a list in which a name stands twice.

    Raises:
        ValueError: with a sentence naming it.
    """
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"Two {what} are called “{twice[0]}”. Give each a name of its own.")
