"""What is asked of the scoring program, as JSON both ways."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

Label = str | int | float | bool

BINARY, MULTICLASS, REGRESSION = "binary_classification", "multiclass", "regression"


@dataclass(frozen=True, kw_only=True)
class Request:
    """How a model is to be scored.

    Attributes:
        format: "onnx", "skops", or "pickle" with the reference of the exception that allows it.
        task, inputs, categories, classes, positive_label, threshold, score_kind, score_direction: as in the version's
            metadata.
        id_column: copied beside the scores; without one, rows are numbered from 0.
        keep: further columns copied (outcome, protected attributes, weight), so that measures read one table.
        reference_id_column, reference_keep: the same of the reference table, for the step "reference".
        steps: what to do after scoring: "reference", "parity", "explain", "perturb".
        parity_format: the format of the other artefact, for "parity".
        target: the column of outcomes; explanations and perturbations say more with it.
        sample_rows, seed, min_n: how many rows those two look at, how they are drawn, and from how few rows on a
            number is flagged as too small to decide by.
    """

    format: str
    task: str
    inputs: tuple[str, ...]
    categories: dict[str, list[Label]] = field(default_factory=dict)
    classes: tuple[Label, ...] = ()
    positive_label: Label | None = None
    threshold: float | None = None
    score_kind: str = "probability"
    score_direction: str = "higher"
    id_column: str | None = None
    keep: tuple[str, ...] = ()
    reference_id_column: str | None = None
    reference_keep: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    parity_format: str | None = None
    target: str | None = None
    sample_rows: int = 2_000
    seed: int = 0
    min_n: int = 100
    batch_rows: int = 65_536

    @classmethod
    def from_metadata(cls, metadata: dict[str, Any], **more: Any) -> "Request":
        """The request that a version's metadata means; keys that are none of ours are left, `more` wins."""
        known = {name for name in cls.__dataclass_fields__ if name not in ("steps", "keep")}
        given = {name: value for name, value in metadata.items() if name in known and value is not None}
        return cls.from_json(given | more)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "Request":
        """A request again, lists made tuples."""
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in given.items()})

    def as_json(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)

    @property
    def cut(self) -> float | None:
        """The score from which the positive label is predicted; one half for probabilities unless given."""
        if self.threshold is not None:
            return self.threshold
        return 0.5 if self.score_kind == "probability" else None

    def with_format(self, format_: str) -> "Request":
        """The same for another artefact of the same model."""
        return replace(self, format=format_)

    def of_reference(self) -> "Request":
        """The same for the reference table."""
        return replace(self, id_column=self.reference_id_column, keep=self.reference_keep)
