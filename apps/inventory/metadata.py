"""What a submitter says about a version: typed, checked as a whole, kept as it was said."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)

from apps.core.errors import BadInput
from apps.core.shapes import sentence

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
Number = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(lambda n: _like(NUMBERS, n))]
TableReference = Annotated[str, AfterValidator(lambda reference: _like(TABLES, reference))]
Label = bool | int | float | Text
Measured = Annotated[float, Field(allow_inf_nan=False)]

Format = Literal["onnx", "skops", "scored"]
Task = Literal["binary_classification", "multiclass", "regression"]

NUMBERS = r"[0-9A-Za-z][0-9A-Za-z.-]*", "A number has letters, digits, dots and hyphens, such as 1.0.0 or 2.1-rc1."
TABLES = r"DS-[0-9]+@[0-9]+", "Name a version of a dataset, such as DS-0001@1."
BINARY_ONLY = ("positive_label", "favourable_label", "threshold")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Bins(Strict):
    """Where a numeric protected column is cut, so that ages become groups."""

    edges: list[float] = Field(min_length=1, max_length=50)
    closed: Literal["left", "right"] = "right"
    labels: list[Text]

    @model_validator(mode="after")
    def fit(self) -> Bins:
        if any(low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError("The edges must rise.")
        if len(self.labels) not in (len(self.edges) - 1, len(self.edges) + 1):
            raise ValueError(
                f"{len(self.edges)} edges make {len(self.edges) + 1} bins with open ends, or {len(self.edges) - 1} "
                "where they enclose the range; name each of them."
            )
        return self


class Protected(Strict):
    name: Text
    column: Text
    bins: Bins | None = None
    reference_group: Label | None = None


def _like(wanted: tuple[str, str], text: str) -> str:
    pattern, otherwise = wanted
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(otherwise)
    return text


ColumnOrAttribute = Annotated[
    Annotated[Text, Tag("(column)")] | Annotated[Protected, Tag("(attribute)")],
    Discriminator(lambda said: "(attribute)" if isinstance(said, dict | Protected) else "(column)"),
]


class Favourable(Strict):
    """Which predictions of a regression are good for the person it is about."""

    operator: Literal["<", "<=", ">", ">="]
    value: float


class DraftMetadata(Strict):
    """What can be said of a version at any time; a draft that a program registered may leave the rest open."""

    version: Number
    format: Format | None = None
    task: Task | None = None
    training_data: TableReference | None = None
    reference_data: TableReference | None = None
    evaluation_data: TableReference | None = None
    inputs: list[Text] = Field([], max_length=5000)
    categories: dict[Text, list[Label]] = {}
    target: Text | None = None
    weight: Text | None = None
    segments: list[Text] = []
    protected: list[ColumnOrAttribute] = []
    score_kind: Literal["probability", "points"] = "probability"
    score_direction: Literal["higher", "lower"] = "higher"
    algorithm: Text = "not stated"
    parameters: dict[str, Any] = {}
    training_run: Text | None = None
    training_metrics: dict[Text, Measured] = {}
    code_version: Text | None = None
    limitations: list[Prose] = []
    positive_label: Label | None = None
    favourable_label: Label | None = None
    threshold: float | None = None
    classes: list[Label] | None = None
    average: Literal["macro", "weighted"] | None = None
    unit: Text | None = None
    tolerance: float | None = None
    favourable: Favourable | None = None

    def protected_attributes(self) -> list[Protected]:
        """The protected attributes in their long form."""
        return [Protected(name=p, column=p) if isinstance(p, str) else p for p in self.protected]

    @property
    def loadable(self) -> bool:
        """Whether there is an artefact to load; a "scored" version lives elsewhere and brings its scores."""
        return self.format != "scored"

    def said(self) -> dict[str, Any]:
        """As JSON, without what was left open."""
        return self.model_dump(mode="json", exclude_unset=True)


class VersionMetadata(DraftMetadata):
    """The metadata of a model version, as docs/api says it."""

    format: Format
    task: Task
    reference_data: TableReference
    evaluation_data: TableReference
    inputs: list[Text] = Field(min_length=1, max_length=5000)
    target: Text

    @model_validator(mode="after")
    def fit(self) -> VersionMetadata:
        _task_fits(self)
        if len(set(self.inputs)) != len(self.inputs):
            raise ValueError("inputs: A column is named twice.")
        if self.target in self.inputs:
            raise ValueError("inputs: The target is among them, so the model would be told the answer.")
        strangers = sorted(set(self.categories) - set(self.inputs))
        if strangers:
            raise ValueError(f"categories: “{strangers[0]}” is not an input.")
        return self

    def columns(self) -> dict[str, str]:
        """Every column that the evaluation table must have, with the field that names it."""
        named = {column: f"inputs[{place}]" for place, column in enumerate(self.inputs)} if self.loadable else {}
        named |= {attribute.column: f"protected[{n}]" for n, attribute in enumerate(self.protected_attributes())}
        named |= {column: f"segments[{n}]" for n, column in enumerate(self.segments)}
        named[self.target] = "target"
        if self.weight:
            named[self.weight] = "weight"
        return named


def _task_fits(said: VersionMetadata) -> None:
    binary = said.task == "binary_classification"
    given = [name for name in BINARY_ONLY if getattr(said, name) is not None]
    if not binary and given:
        raise ValueError(f"{given[0]}: Only a binary classification has it.")
    if binary and said.positive_label is None:
        raise ValueError("positive_label: A binary classification says which label counts as positive.")
    if binary and said.threshold is None and said.loadable:
        raise ValueError("threshold: A binary classification says from which score on it decides positively.")
    if said.threshold is not None and said.score_kind == "probability" and not 0 <= said.threshold <= 1:
        raise ValueError("threshold: A probability lies from 0 to 1. For scores in points say score_kind: points.")
    if said.task == "multiclass" and not said.classes:
        raise ValueError("classes: A multiclass version lists its classes in the order of its scores.")


def read(said: Any) -> VersionMetadata:
    """Check what a submitter said.

    Raises:
        BadInput: with a sentence for each field, named as in the request: {"metadata.protected[0].bins": […]}.
    """
    return _read(VersionMetadata, said)


def read_draft(said: Any) -> DraftMetadata:
    """Check what was said so far of a version that may be incomplete.

    Raises:
        BadInput: as `read`, but not for what is left open.
    """
    return _read(DraftMetadata, said)


def unsaid(said: dict[str, Any]) -> dict[str, list[str]]:
    """What stands between a draft's metadata and complete ones, by field; nothing where they are complete."""
    try:
        read(said)
    except BadInput as refusal:
        return {field: list(sentences) for field, sentences in refusal.errors.items()}
    return {}


M = TypeVar("M", bound=DraftMetadata)


def _read(form: type[M], said: Any) -> M:
    if not isinstance(said, dict):
        raise BadInput(errors={"metadata": ["Send the metadata as a JSON object."]})
    try:
        return form.model_validate(said)
    except ValidationError as refused:
        raise BadInput(errors=dict(_sentences(refused))) from None


def _sentences(refused: ValidationError) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for error in refused.errors(include_url=False, include_input=False):
        place, told = _place(error["loc"]), sentence(error)
        if error["type"] == "value_error" and not error["loc"]:
            field, _, told = told.partition(": ")
            place = f"metadata.{field}"
        if told not in (sentences := found.setdefault(place, [])):
            sentences.append(told)
    return list(found.items())


def _place(location: tuple[int | str, ...]) -> str:
    """Where it is in the request: the names of alternatives are the reader's, not the sender's."""
    words = [part for part in location if not (isinstance(part, str) and ("(" in part or "[" in part))]
    kept = [part for part in words if part not in {"bool", "int", "float", "str", "constrained-str"}]
    return "metadata" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in kept)
