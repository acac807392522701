"""The shapes that several kinds of step share."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Title = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Prose = Annotated[str, StringConstraints(max_length=4000)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
SettingName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]

SCRIPT_CHARACTERS = 200_000
TEXT_LENGTH = 2000
LIST_LENGTH = 1000
PLACES = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?|DS-[0-9]+@[0-9]+")


def _like(pattern: str, otherwise: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(otherwise)
        return text

    return AfterValidator(check)


Sha256 = Annotated[str, _like(r"[0-9a-f]{64}", "This must be a sha256: 64 characters of 0-9 and a-f.")]
ModelReference = Annotated[str, _like(r"MDL-[0-9]+", "Name a model, such as MDL-0001.")]
DatasetReference = Annotated[str, _like(r"DS-[0-9]+", "Name a dataset, such as DS-0001.")]
FileName = Annotated[
    str,
    _like(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}",
        "A file's name has letters, digits, dots, hyphens and underscores, and no folder.",
    ),
]
Place = Annotated[
    str,
    _like(
        PLACES.pattern,
        "Name what a step gives (split.train, or the step alone where it gives one thing), or a version of a "
        "dataset (DS-0001@2).",
    ),
]


class Strict(BaseModel):
    """A part of a pipeline: unknown fields are refused, nothing is converted, NaN is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Retry(Strict):
    """How often a step that failed is tried again, and after which pauses: wait, wait x factor, …"""

    times: int = Field(default=1, ge=0, le=10)
    wait_seconds: int = Field(default=10, ge=0, le=3600)
    factor: float = Field(default=2.0, ge=1, le=10)

    def pause(self, failed: int) -> float:
        """Seconds to wait after the given failure (1, 2, …), a day at most."""
        return float(min(self.wait_seconds * self.factor ** (failed - 1), 86_400))


class Limits(Strict):
    """What a step that runs in the sandbox may use."""

    memory_gb: float = Field(default=6.0, ge=0.5, le=512)
    disk_gb: float = Field(default=2.0, ge=0.01, le=1024)


class Script(Strict):
    """A Python program: written out here, or a file that was sent before, named by its sha256."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=SCRIPT_CHARACTERS)] | None = None
    digest: Sha256 | None = None
    name: FileName = "main.py"

    @model_validator(mode="after")
    def _one_of_both(self) -> Script:
        if (self.text is None) == (self.digest is None):
            raise ValueError("A script is either written out (text) or a file that was sent before (digest).")
        return self

    @property
    def sha256(self) -> str:
        """The digest of its bytes, wherever they are."""
        return self.digest or hashlib.sha256((self.text or "").encode()).hexdigest()


class Parameter(Strict):
    """A value that is taken from the run's parameters."""

    parameter: Word


def _setting(said: Any) -> Any:
    """A scalar, a list of scalars, or `{parameter: name}`; a union would complain once for every branch."""
    if isinstance(said, Parameter):
        return said
    if isinstance(said, dict) and set(said) == {"parameter"} and isinstance(said["parameter"], str):
        return Parameter(parameter=said["parameter"])
    if isinstance(said, list) and len(said) <= LIST_LENGTH:
        return [_scalar(item) for item in said]
    return _scalar(said)


def _scalar(said: Any) -> Any:
    if not isinstance(said, bool | int | float | str):
        raise ValueError("This must be a number, true or false, text, a list of these, or {parameter: name}.")
    if isinstance(said, str) and len(said) > TEXT_LENGTH:
        raise ValueError(f"{TEXT_LENGTH:,} characters at most.")
    return said


Setting = Annotated[Any, AfterValidator(_setting)]
Scalar = Annotated[Any, AfterValidator(_scalar)]


class Output(Strict):
    """A file that a script leaves, and what is to be made of it.

    kind: a table is CSV or Parquet, and becomes a version of a dataset: of `into`, or of one that is kept for this
    output; a file is kept as it is.
    """

    file: FileName
    kind: Literal["table", "file"] = "file"
    into: DatasetReference | None = None

    @model_validator(mode="after")
    def _only_tables_become_versions(self) -> Output:
        if self.into and self.kind != "table":
            raise ValueError("Only a table becomes a version of a dataset: add kind: table.")
        return self


def settle(settings: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Settings with the run's parameters put in where they are named."""
    return {
        name: parameters[value.parameter] if isinstance(value, Parameter) else value
        for name, value in settings.items()
    }
