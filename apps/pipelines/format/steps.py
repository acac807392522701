"""The kinds of step: what each may say, what it takes from others and what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from apps.pipelines.format.shapes import (
    Column,
    DatasetReference,
    Limits,
    Output,
    Parameter,
    Place,
    Prose,
    Retry,
    Script,
    Setting,
    SettingName,
    Strict,
    Word,
)

# What a step can give another. A table is always a version of a dataset, so that what the rules say of data (who sees
# it, how long it is kept, whose rows are erased) holds for what pipelines make of it, too.
TABLE, FILE, MODEL, VERSION, EVALUATION, REPORT = "table", "file", "model", "version", "evaluation", "report"
TABLES = (TABLE,)
ANYTHING = (TABLE, FILE, MODEL, REPORT)

SETTINGS = {
    "logistic_regression": ("C", "class_weight", "max_iter", "tol"),
    "ridge_regression": ("alpha", "max_iter", "tol"),
    "hist_gradient_boosting": (
        *("class_weight", "early_stopping", "l2_regularization", "learning_rate", "loss", "max_bins", "max_depth"),
        *("max_features", "max_iter", "max_leaf_nodes", "min_samples_leaf", "n_iter_no_change", "quantile", "tol"),
        "validation_fraction",
    ),
}
SERIES = r"^[0-9A-Za-z]+(\.[0-9A-Za-z]+)*$"
Path = tuple[str | int, ...]
Named = tuple[Path, str]
Wanted = tuple[Path, str, tuple[str, ...]]  # where it is said, what is said, which kinds will do


class Common(Strict):
    """What every step may say.

    needs: steps that have to be done first, beside those whose outputs this one takes.
    timeout_seconds: after which the step is stopped, each try by itself.
    reuse: whether outputs of an earlier run are taken where nothing has changed.
    """

    OUTPUTS: ClassVar[dict[str, str]] = {}
    SANDBOXED: ClassVar[bool] = False
    REUSABLE: ClassVar[bool] = True

    name: Word
    description: Prose = ""
    needs: list[Word] = Field(default=[], max_length=60)
    timeout_seconds: int = Field(default=3600, ge=1, le=604_800)
    retry: Retry = Retry(times=0)
    reuse: bool = True

    def wanted(self) -> Iterator[Wanted]:
        """Every place it takes something from."""
        return iter(())

    def outputs(self) -> dict[str, str]:
        """What it gives: name and kind."""
        return dict(self.OUTPUTS)

    def parameters(self) -> Iterator[Named]:
        """The run's parameters that it names, and where."""
        return iter(())

    def scripts(self) -> list[Script]:
        return []

    def datasets(self) -> Iterator[Named]:
        """The datasets that it names, to read or to add to, and where."""
        if into := getattr(self, "into", None):
            yield ("into",), into


class Extract(Common):
    """Take the newest version of a dataset as it stands when the run comes here."""

    kind: Literal["extract"]
    dataset: DatasetReference

    OUTPUTS: ClassVar[dict[str, str]] = {"data": TABLE}
    REUSABLE: ClassVar[bool] = False

    def datasets(self) -> Iterator[Named]:
        yield ("dataset",), self.dataset


class Check(Common):
    """Hold a version of a dataset against its contract; what blocks there stops the run here."""

    kind: Literal["check"]
    data: Place
    warnings: Literal["pass", "stop"] = "pass"

    OUTPUTS: ClassVar[dict[str, str]] = {"report": REPORT}

    def wanted(self) -> Iterator[Wanted]:
        yield ("data",), self.data, TABLES


class Lags(Strict):
    """Earlier values of a series as columns, for forecasting: nothing later than `horizon` steps before is seen."""

    time: Column
    series: list[Column] = Field(default=[], max_length=20)
    value: Column
    lags: list[Annotated[int, Field(ge=0, le=10_000)]] = Field(min_length=1, max_length=200)
    windows: list[Annotated[int, Field(ge=2, le=10_000)]] = Field(default=[], max_length=50)
    horizon: int = Field(default=1, ge=1, le=10_000)
    drop_incomplete: bool = True


class Features(Common):
    """Columns for training: earlier values of a series."""

    kind: Literal["features"]
    data: Place
    lags: Lags
    into: DatasetReference | None = None

    OUTPUTS: ClassVar[dict[str, str]] = {"data": TABLE}

    def wanted(self) -> Iterator[Wanted]:
        yield ("data",), self.data, TABLES


class Into(Strict):
    train: DatasetReference | None = None
    evaluation: DatasetReference | None = None


class Split(Common):
    """Part a table into rows to train on and rows to evaluate on; the same rows always go to the same side.

    by: random (by a seeded hash of the row), group (rows that agree in `column` stay together) or time (the last rows
    by `column` are evaluated on, with `gap` rows of the series left out between).
    """

    kind: Literal["split"]
    data: Place
    by: Literal["random", "group", "time"] = "random"
    column: Column | None = None
    evaluation_share: float = Field(default=0.4, gt=0, lt=1)
    stratify: Column | None = None
    gap: int = Field(default=0, ge=0, le=100_000)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    into: Into = Into()

    OUTPUTS: ClassVar[dict[str, str]] = {"train": TABLE, "evaluation": TABLE}

    def wanted(self) -> Iterator[Wanted]:
        yield ("data",), self.data, TABLES

    def datasets(self) -> Iterator[Named]:
        for part in self.OUTPUTS:
            if named := getattr(self.into, part):
                yield ("into", part), named

    @model_validator(mode="after")
    def _fits(self) -> Split:
        if (self.by == "random") != (self.column is None):
            raise ValueError("A random split takes no column; one by group or time says which column.")
        if self.stratify and self.by != "random":
            raise ValueError("Only a random split can be stratified.")
        if self.gap and self.by != "time":
            raise ValueError("Only a split by time leaves a gap.")
        return self


class Trainer(Strict):
    """A learner of ours: seeded, with its preparation inside, exported as ONNX beside the original."""

    algorithm: Literal["logistic_regression", "ridge_regression", "hist_gradient_boosting"]
    settings: dict[SettingName, Setting] = Field(default={}, max_length=30)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _known(self) -> Trainer:
        known = SETTINGS[self.algorithm]
        unknown = sorted(set(self.settings) - set(known))
        if unknown:
            raise ValueError(f"{self.algorithm} has no setting “{unknown[0]}”; it has {', '.join(known)}.")
        return self


class Train(Common):
    """Fit a model, in the sandbox: by a trainer of ours, or by a script that leaves model.onnx or model.skops."""

    kind: Literal["train"]
    data: Place
    task: Literal["binary_classification", "multiclass", "regression"]
    target: Column
    inputs: list[Column] = Field(min_length=1, max_length=5000)
    weight: Column | None = None
    trainer: Trainer | None = None
    script: Script | None = None
    settings: dict[SettingName, Setting] = Field(default={}, max_length=100)
    limits: Limits = Limits()

    OUTPUTS: ClassVar[dict[str, str]] = {"model": MODEL}
    SANDBOXED: ClassVar[bool] = True

    def wanted(self) -> Iterator[Wanted]:
        yield ("data",), self.data, TABLES

    def parameters(self) -> Iterator[Named]:
        yield from _named(("settings",), self.settings)
        if self.trainer:
            yield from _named(("trainer", "settings"), self.trainer.settings)

    def scripts(self) -> list[Script]:
        return [self.script] if self.script else []

    @model_validator(mode="after")
    def _fits(self) -> Train:
        if (self.trainer is None) == (self.script is None):
            raise ValueError("Say either trainer (one of ours) or script (yours).")
        if self.target in self.inputs:
            raise ValueError("The target is among the inputs, so the model would be told the answer.")
        if len(set(self.inputs)) != len(self.inputs):
            raise ValueError("A column stands twice among the inputs.")
        if self.trainer and self.settings:
            raise ValueError("A trainer's settings stand under trainer.")
        if self.trainer and not _suits(self.trainer.algorithm, self.task):
            raise ValueError(f"{self.trainer.algorithm} is no learner for {self.task}.")
        return self


class Register(Common):
    """Make a model a draft version: a candidate, whose developers are the pipeline's owner and author."""

    kind: Literal["register"]
    artifact: Place
    series: Annotated[str, StringConstraints(pattern=SERIES, max_length=30)]
    training_data: Place | None = None
    reference_data: Place
    evaluation_data: Place
    metadata: dict[str, Any] = {}

    OUTPUTS: ClassVar[dict[str, str]] = {"version": VERSION}

    def wanted(self) -> Iterator[Wanted]:
        yield ("artifact",), self.artifact, (MODEL,)
        for field in ("training_data", "reference_data", "evaluation_data"):
            if named := getattr(self, field):
                yield (field,), named, TABLES


class Evaluate(Common):
    """Score and measure the candidate in a dry run, and keep the policy's verdict as evidence beside it."""

    kind: Literal["evaluate"]
    version: Place
    stop_on: list[Literal["failed", "inconclusive", "unavailable"]] = []

    OUTPUTS: ClassVar[dict[str, str]] = {"evaluation": EVALUATION}

    def wanted(self) -> Iterator[Wanted]:
        yield ("version",), self.version, (VERSION,)


class Score(Common):
    """Let the candidate score a table, in the sandbox."""

    kind: Literal["score"]
    version: Place
    data: Place
    into: DatasetReference | None = None

    OUTPUTS: ClassVar[dict[str, str]] = {"predictions": TABLE}
    SANDBOXED: ClassVar[bool] = True

    def wanted(self) -> Iterator[Wanted]:
        yield ("version",), self.version, (VERSION,)
        yield ("data",), self.data, TABLES


class Notify(Common):
    """Tell people of the pipeline that the run has come here."""

    kind: Literal["notify"]
    people: list[Literal["owner", "author", "model_owner", "developers"]] = Field(default=["owner"], min_length=1)
    message: Annotated[str, StringConstraints(min_length=1, max_length=500)]

    REUSABLE: ClassVar[bool] = False


class Command(Common):
    """Anything else: a Python script in the sandbox, with files in and files out, no network and no other program."""

    kind: Literal["command"]
    script: Script
    inputs: dict[Word, Place] = Field(default={}, max_length=50)
    outputs_: dict[Word, Output] = Field(default={}, alias="outputs", max_length=50)
    arguments: list[Annotated[str, StringConstraints(max_length=1000)]] = Field(default=[], max_length=100)
    settings: dict[SettingName, Setting] = Field(default={}, max_length=100)
    limits: Limits = Limits()

    SANDBOXED: ClassVar[bool] = True

    def wanted(self) -> Iterator[Wanted]:
        for name, place in self.inputs.items():
            yield ("inputs", name), place, ANYTHING

    def outputs(self) -> dict[str, str]:
        return {name: said.kind for name, said in self.outputs_.items()}

    def datasets(self) -> Iterator[Named]:
        for name, said in self.outputs_.items():
            if said.into:
                yield ("outputs", name, "into"), said.into

    def parameters(self) -> Iterator[Named]:
        yield from _named(("settings",), self.settings)

    def scripts(self) -> list[Script]:
        return [self.script]


def _suits(algorithm: str, task: str) -> bool:
    if algorithm == "hist_gradient_boosting":
        return True
    return (algorithm == "ridge_regression") == (task == "regression")


def _named(path: tuple[str, ...], settings: dict[str, Any]) -> Iterator[Named]:
    for name, value in settings.items():
        if isinstance(value, Parameter):
            yield (*path, name, "parameter"), value.parameter


Step = Annotated[
    Extract | Check | Features | Split | Train | Register | Evaluate | Score | Notify | Command,
    Field(discriminator="kind"),
]
KINDS: dict[str, type[Common]] = {
    kind.__name__.lower(): kind
    for kind in (Extract, Check, Features, Split, Train, Register, Evaluate, Score, Notify, Command)
}
