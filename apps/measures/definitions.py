"""One definition a test: what it is, how it is read, and the function that computes it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from apps.measures.results import Estimate, NotAvailable, Result, Status, finite
from apps.measures.sample import Sample
from apps.measures.spec import Task

Compute = Callable[[Sample], Iterable[Estimate]]

BINARY = (Task.BINARY,)
MULTICLASS = (Task.MULTICLASS,)
REGRESSION = (Task.REGRESSION,)
CLASSIFICATION = (Task.BINARY, Task.MULTICLASS)
EVERY = tuple(Task)


class Family(StrEnum):
    """What a measure is about."""

    PERFORMANCE = "performance"
    CALIBRATION = "calibration"
    FAIRNESS = "fairness"
    EXPLANATION = "explanation"
    ROBUSTNESS = "robustness"
    DRIFT = "drift"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    TARGET = "target"  # near the value that the reading names
    NONE = "none"  # describes, doesn't judge


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A test of the catalogue.

    Attributes:
        id: its name in gates and results; a change of what it computes raises `version`, never the id.
        tasks: the kinds of model it applies to.
        formula, source: the maths as text and where it comes from.
        reading: one or two sentences on how to read the number.
        unit: of the value; "share" is 0..1.
        convention: choices that other software makes otherwise.
        interval: how the interval is made.
        direction: which way is better.
        parameters: what of the spec changes the number, each with a phrase.
        sliced: whether it is also given for each segment.
        compute: absent where the numbers come from beside the model (explanation, robustness).
    """

    id: str
    title: str
    family: Family
    tasks: tuple[Task, ...]
    formula: str
    source: str
    reading: str
    unit: str
    convention: str
    interval: str
    direction: Direction
    version: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict)
    sliced: bool = False
    compute: Compute | None = None

    def as_dict(self) -> dict[str, Any]:
        """The catalogue's entry, JSON types."""
        return {
            "id": self.id,
            "version": self.version,
            "title": self.title,
            "family": str(self.family),
            "tasks": [str(task) for task in self.tasks],
            "parameters": dict(self.parameters),
            "formula": self.formula,
            "source": self.source,
            "reading": self.reading,
            "unit": self.unit,
            "convention": self.convention,
            "interval": self.interval,
            "direction": str(self.direction),
        }

    def result(self, estimate: Estimate, *, confidence: float, min_n: int = 0) -> Result:
        """Put the measure's name on an estimate; a number that isn't one, or stands on too few rows, says so."""
        status, reason = _judged(estimate, min_n)
        return Result(
            measure=self.id,
            measure_version=self.version,
            family=str(self.family),
            value=finite(estimate.value),
            low=finite(estimate.low),
            high=finite(estimate.high),
            confidence=confidence,
            interval_method=estimate.method,
            n=int(estimate.n),
            unit=self.unit,
            convention=self.convention,
            direction=str(self.direction),
            status=status,
            reason=reason,
            attribute=estimate.attribute,
            group=estimate.group,
            class_=estimate.class_,
            slice_=estimate.slice_,
            series=estimate.series,
        )

    def run(self, sample: Sample) -> Iterator[Result]:
        """Every result on the sample; a refusal or a failure becomes a result that says why, and never escapes."""
        assert self.compute is not None
        spec = sample.spec
        try:
            estimates = list(self.compute(sample))
        except NotAvailable as refusal:
            estimates = [Estimate(value=None, n=sample.n, status=Status.NOT_AVAILABLE, reason=str(refusal))]
        except Exception as error:  # one measure's failure must not cost the others their evidence
            reason = f"{type(error).__name__}: {error}"
            estimates = [Estimate(value=None, n=sample.n, status=Status.ERROR, reason=reason)]
        for estimate in estimates:
            estimate = replace(estimate, slice_=sample.slice_)
            yield self.result(estimate, confidence=spec.confidence, min_n=spec.min_n)


def _judged(estimate: Estimate, min_n: int) -> tuple[Status, str]:
    if estimate.status is not Status.OK:
        return estimate.status, estimate.reason
    if finite(estimate.value) is None:
        return Status.NOT_AVAILABLE, estimate.reason or "There is nothing to divide by."
    if estimate.n < min_n:
        return Status.TOO_SMALL, f"{estimate.n} rows are fewer than the {min_n} needed to decide by."
    return Status.OK, estimate.reason


_definitions: dict[str, Definition] = {}


def add(definition: Definition) -> Definition:
    """Put a definition into the catalogue.

    Raises:
        ValueError: its id is taken.
    """
    if definition.id in _definitions:
        raise ValueError(f"There are two definitions of {definition.id!r}.")
    _definitions[definition.id] = definition
    return definition


def define(**fields: Any) -> Callable[[Compute], Compute]:
    """Decorate the function that computes a measure with the measure's definition."""

    def register(compute: Compute) -> Compute:
        add(Definition(**fields, compute=compute))
        return compute

    return register


def registered() -> tuple[Definition, ...]:
    """Definitions in the order of their writing; see `catalogue` for the complete list."""
    return tuple(_definitions.values())
