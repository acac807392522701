"""A gate policy: what a model's results must reach before anybody is asked to approve it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from apps.policies.rules.shapes import (
    Applies,
    CaseResult,
    Document,
    Limit,
    Name,
    Number,
    Select,
    Strict,
    Word,
    unique,
)

OutcomeWord = Literal["passed", "passed_near_limit", "failed", "inconclusive", "unavailable"]


class Gate(Strict):
    """One requirement.

    aggregate: "worst" answers with the worst of the selected results, "each" with one line for each of them.
    min_n: fewer rows than this say nothing either way. set_aside_below: groups that are too small AND have less than
    this share of their attribute's rows don't decide (they are named). max_width: an interval that is wider and
    contains the limit says nothing either way. use: which end of the interval is compared. near: a margin in the
    measure's unit, or "interval": passed at the point while the interval reaches over the limit.
    above_noise: a value that misses the limit but is no more than sample sizes alone would give says nothing either
    way.
    on_missing: what it means when nobody measured it. It never passes by absence.
    """

    name: Name
    measure: Word
    select: Select = Select()
    aggregate: Literal["worst", "each"] = "worst"
    min_n: Annotated[int, Field(ge=0)] = 0
    set_aside_below: Annotated[Number, Field(ge=0, le=0.2)] = 0.0
    max_width: Annotated[Number, Field(gt=0)] | None = None
    use: Literal["point", "lower", "upper"] = "point"
    limit: Limit
    near: Annotated[Number, Field(gt=0)] | Literal["interval"] | None = None
    above_noise: bool = False
    on_missing: Literal["fail", "unavailable"] = "fail"
    severity: Literal["block", "warn"] = "block"
    because: str = ""

    @model_validator(mode="after")
    def _interval_needs_the_point(self) -> "Gate":
        if self.near == "interval" and self.use != "point":
            raise ValueError("near: interval asks about the point, so it needs use: point.")
        return self


class Expectation(Strict):
    """What a case expects: the outcome of the whole, and of single gates by name where that matters."""

    outcome: OutcomeWord
    gates: dict[str, OutcomeWord] = {}


class GateCase(Strict):
    """An example that the policy's author worked out by hand."""

    name: Name
    results: list[CaseResult]
    exceptions: dict[str, str] = {}
    expect: Expectation


class GatePolicy(Document):
    """The gates that a version's evidence passes through before it can be submitted for approval."""

    kind: Literal["gate_policy"]
    applies: Applies
    gates: list[Gate] = Field(min_length=1, max_length=200)
    cases: list[GateCase] = []

    @model_validator(mode="after")
    def _hangs_together(self) -> "GatePolicy":
        names = [gate.name for gate in self.gates]
        unique(names, "gates")
        unique([case.name for case in self.cases], "cases")
        if all(gate.severity == "warn" for gate in self.gates):
            raise ValueError("Every gate only warns, so nothing could ever fail. Let at least one block.")
        for case in self.cases:
            unknown = sorted({*case.expect.gates, *case.exceptions} - set(names))
            if unknown:
                raise ValueError(f"The case “{case.name}” speaks of a gate “{unknown[0]}”, which isn't here.")
        return self
