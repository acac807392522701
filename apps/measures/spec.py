"""What the columns of a table of predictions mean, and by which rules they are measured."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Label = str | int | float | bool

MISSING = "missing"
OUTSIDE = "outside"
INTERSECTION = " & "
TRUTHS = ({"true", "True"}, {"false", "False"})


def group_label(value: Any) -> str:
    """A label as results spell it: integers without a decimal point, "missing" for NULL, NaN and blank text."""
    if value is None or value != value:
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or MISSING


def same_label(one: Any, other: Any) -> bool:
    """Whether two labels are the same when compared after either's type: "1", 1 and 1.0; True, "true" and "True"."""
    if group_label(one) == group_label(other) or {group_label(one), group_label(other)} in TRUTHS:
        return True
    try:
        return float(one) == float(other)
    except (TypeError, ValueError):
        return False


class Task(StrEnum):
    """What the model predicts."""

    BINARY = "binary_classification"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


@dataclass(frozen=True)
class Bins:
    """Cuts of a numeric protected column.

    `edges` ascend. With one label more than edges the outer bins are open; with one label fewer the edges enclose
    the range and values beyond them form the group "outside". `closed="right"` puts a value equal to an edge into
    the bin below it (as pandas.cut does), "left" into the bin above.
    """

    edges: tuple[float, ...]
    closed: Literal["left", "right"] = "right"
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.edges or list(self.edges) != sorted(set(self.edges)):
            raise ValueError("The edges of bins must be numbers in ascending order.")
        if self.labels and len(self.labels) not in (len(self.edges) + 1, len(self.edges) - 1):
            raise ValueError(
                f"{len(self.edges)} edges need {len(self.edges) + 1} labels, or {len(self.edges) - 1} where the"
                f" edges enclose the range; {len(self.labels)} were given."
            )

    def inner(self) -> tuple[tuple[float, ...], tuple[str, ...]]:
        """Edges and labels with open ends: always one label more than edges."""
        if not self.labels:
            return self.edges, self._default_labels()
        if len(self.labels) == len(self.edges) + 1:
            return self.edges, self.labels
        return self.edges, (OUTSIDE, *self.labels, OUTSIDE)

    def _default_labels(self) -> tuple[str, ...]:
        below, above = ("<= ", "> ") if self.closed == "right" else ("< ", ">= ")
        names = [f"{edge:g}" for edge in self.edges]
        between = [f"{above}{low} and {below}{high}" for low, high in itertools.pairwise(names)]
        return (below + names[0], *between, above + names[-1])


@dataclass(frozen=True)
class Protected:
    """A protected attribute: its name in results, the column it reads, its bins and the group others compare with."""

    name: str
    column: str
    bins: Bins | None = None
    reference_group: str | None = None


@dataclass(frozen=True)
class Favourable:
    """For regression: a value is favourable where `value operator limit` holds."""

    operator: Literal["<", "<=", ">", ">="]
    value: float


@dataclass(frozen=True, kw_only=True)
class Spec:
    """The meaning of a scored table's columns.

    Attributes:
        task: the kind of prediction.
        target: column of true outcomes; None where none has arrived yet.
        scores: one column for binary (of the positive label) and regression (the predicted value); one a class, in
            the order of `classes`, for multiclass.
        prediction: column of predicted labels; without it decisions come from `threshold` or the largest score.
        score_kind: "probability" lies in 0..1 and can be calibrated, "points" only ranks.
        score_direction: "higher" where a higher score makes the positive label more likely, else "lower".
        positive_label, favourable_label: the label the score is of, and the one people wish for (same if unset).
        weight: column of non-negative row weights.
        protected: attributes to compare people by; intersections are formed from them.
        segments: columns whose values slice performance and calibration.
        features: columns compared by drift measures.
        min_n: fewer rows than this in a denominator flag a number as too small to decide by.
        confidence, seed, replicates: of intervals and of the draws behind them.
    """

    task: Task
    target: str | None = None
    scores: tuple[str, ...] = ()
    prediction: str | None = None
    threshold: float | None = None
    score_kind: Literal["probability", "points"] = "probability"
    score_direction: Literal["higher", "lower"] = "higher"
    positive_label: Label | None = None
    favourable_label: Label | None = None
    classes: tuple[Label, ...] = ()
    weight: str | None = None
    protected: tuple[Protected, ...] = ()
    segments: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    average: str = "macro"
    unit: str = ""
    tolerance: float | None = None
    favourable: Favourable | None = None
    min_n: int = 100
    confidence: float = 0.95
    seed: int = 0
    replicates: int = 1000

    def __post_init__(self) -> None:
        if self.task is Task.BINARY and self.positive_label is None:
            raise ValueError("A binary classification needs its positive_label.")
        if self.task is Task.MULTICLASS and len(self.classes) < 2:
            raise ValueError("A multiclass classification needs its classes, in the order of the score columns.")
        if not 0 < self.confidence < 1:
            raise ValueError("The confidence lies between 0 and 1.")

    @property
    def favoured(self) -> Label | None:
        """The label that people wish for: favourable_label, else the positive one."""
        return self.favourable_label if self.favourable_label is not None else self.positive_label

    @property
    def favours_positive(self) -> bool:
        """Whether the label people wish for is the one that the score is of."""
        return same_label(self.favoured, self.positive_label)

    @property
    def favoured_class(self) -> int | None:
        """The place among `classes` of the label people wish for; None where it is none of them."""
        return next((i for i, label in enumerate(self.classes) if same_label(label, self.favoured)), None)

    @property
    def cut(self) -> float | None:
        """The score from which the positive label is predicted; one half for probabilities unless given."""
        if self.threshold is not None:
            return self.threshold
        return 0.5 if self.score_kind == "probability" else None

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any], **overrides: Any) -> "Spec":
        """The spec that a version's metadata (see the API) means; unknown keys are ignored, `overrides` win.

        Raises:
            ValueError: a field contradicts the task or another field.
        """
        task = Task(metadata["task"])
        given: dict[str, Any] = {key: metadata[key] for key in _PLAIN if metadata.get(key) is not None}
        given |= {key: tuple(metadata[key]) for key in ("classes", "segments") if metadata.get(key)}
        given["scores"] = _names(metadata.get("score"))
        given["features"] = _names(metadata.get("inputs"))
        given["protected"] = tuple(_protected(item) for item in metadata.get("protected") or ())
        if metadata.get("favourable"):
            given["favourable"] = Favourable(**metadata["favourable"])
        return cls(task=task, **(given | overrides))


_PLAIN = (
    "target",
    "prediction",
    "threshold",
    "score_kind",
    "score_direction",
    "positive_label",
    "favourable_label",
    "weight",
    "average",
    "unit",
    "tolerance",
)


def _names(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _protected(item: str | Mapping[str, Any]) -> Protected:
    if isinstance(item, str):
        return Protected(item, item)
    column = item.get("column") or item["name"]
    bins = item.get("bins")
    reference = item.get("reference_group")
    return Protected(
        name=item.get("name") or column,
        column=column,
        bins=Bins(
            tuple(bins["edges"]),
            bins.get("closed") or "right",
            tuple(str(label) for label in bins.get("labels") or ()),
        )
        if bins
        else None,
        reference_group=None if reference is None else group_label(reference),
    )
