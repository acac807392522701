"""A tiering method: from how much rests on a model to how closely it is governed."""

from collections.abc import Mapping
from itertools import product
from typing import Any, Literal

from pydantic import Field, model_validator

from apps.core.errors import BadInput
from apps.policies.rules.shapes import Document, Name, Sentence, Strict, Tier, Word, unique

MAX_COMBINATIONS = 10_000


class TierMeaning(Strict):
    """What being in a tier means for the people who work with the model."""

    tier: Tier
    name: Name
    meaning: Sentence = ""


class Axis(Strict):
    """One question about the model; its levels run from the least to the most severe."""

    name: Word
    question: Sentence
    levels: list[Word] = Field(min_length=2, max_length=9)

    @model_validator(mode="after")
    def _levels_differ(self) -> "Axis":
        unique(self.levels, f"levels of {self.name}")
        return self


class Row(Strict):
    """One row of the matrix: where the model is at least at these levels, it is in this tier, and why."""

    at_least: dict[str, Word] = Field(min_length=1)
    tier: Tier
    because: Sentence = Field(min_length=1)


class TierCase(Strict):
    """An example that the method's author worked out by hand."""

    name: Name
    materiality: dict[str, Any]
    expect: "ExpectedTier"


class ExpectedTier(Strict):
    tier: Tier


class TieringMethod(Document):
    """Axes and a matrix. The most severe row that fits decides; where none fits, `otherwise` is the tier.

    Rows ask for "at least" a level, so a model can't fall into a milder tier by becoming more material.
    """

    kind: Literal["tiering_method"]
    tiers: list[TierMeaning] = Field(min_length=2)
    axes: list[Axis] = Field(min_length=1, max_length=6)
    matrix: list[Row] = Field(min_length=1)
    otherwise: Tier
    cases: list[TierCase] = []

    @model_validator(mode="after")
    def _hangs_together(self) -> "TieringMethod":
        unique([axis.name for axis in self.axes], "axes")
        unique([str(meaning.tier) for meaning in self.tiers], "tiers")
        unique([case.name for case in self.cases], "cases")
        known = {meaning.tier for meaning in self.tiers}
        for place, row in enumerate(self.matrix, 1):
            self._check_row(place, row, known)
        if self.otherwise not in known:
            raise ValueError(f"otherwise: {self.otherwise} isn't one of the tiers.")
        self._reaches_every_tier(known)
        return self

    def _check_row(self, place: int, row: Row, known: set[int]) -> None:
        axes = {axis.name: axis for axis in self.axes}
        if row.tier not in known:
            raise ValueError(f"Row {place} of the matrix leads to tier {row.tier}, which isn't one of the tiers.")
        for name, level in row.at_least.items():
            if name not in axes:
                raise ValueError(f"Row {place} of the matrix asks about “{name}”, which isn't an axis.")
            if level not in axes[name].levels:
                raise ValueError(f"Row {place} of the matrix: “{level}” isn't a level of {name}.")

    def _reaches_every_tier(self, known: set[int]) -> None:
        combinations = list(product(*(axis.levels for axis in self.axes)))[:MAX_COMBINATIONS]
        names = [axis.name for axis in self.axes]
        reached = {_decide(self, dict(zip(names, levels, strict=True)))[0] for levels in combinations}
        if known - reached:
            raise ValueError(
                f"No model could ever be in tier {min(known - reached)}. Mend the matrix or drop the tier."
            )


TierCase.model_rebuild()


def tier(method: TieringMethod, materiality: Mapping[str, Any]) -> tuple[int, list[str]]:
    """The tier of a model and the reasons for it, as sentences.

    Args:
        materiality: a level for each axis by name, as text or as {"level": text, …}. What isn't stated counts as the
            most severe level, and the reasons say so.

    Raises:
        BadInput: a level that the axis doesn't know; `errors` names the field.
    """
    levels: dict[str, str] = {}
    assumed: list[str] = []
    for axis in method.axes:
        stated = _level(materiality.get(axis.name))
        if stated is None:
            stated = axis.levels[-1]
            assumed.append(f"{_spoken(axis.name).capitalize()} isn't stated, so {stated} is assumed.")
        elif stated not in axis.levels:
            sentence = f"“{stated}” isn't a level of {axis.name}. Choose one of {', '.join(axis.levels)}."
            raise BadInput(errors={f"materiality.{axis.name}": [sentence]})
        levels[axis.name] = stated
    decided, because = _decide(method, levels)
    return decided, [*because, *assumed]


def _decide(method: TieringMethod, levels: Mapping[str, str]) -> tuple[int, list[str]]:
    place = {axis.name: axis.levels.index for axis in method.axes}
    fitting = [
        row
        for row in method.matrix
        if all(place[name](levels[name]) >= place[name](least) for name, least in row.at_least.items())
    ]
    decided = min([method.otherwise, *(row.tier for row in fitting)])
    because = list(dict.fromkeys(row.because for row in fitting if row.tier == decided))
    stated = ", ".join(f"{_spoken(name)} {level}" for name, level in levels.items())
    return decided, because or [f"No row of the method asks for more: {stated}."]


def _level(given: Any) -> str | None:
    if isinstance(given, Mapping):
        given = given.get("level")
    return None if given in (None, "") else str(given)


def _spoken(name: str) -> str:
    return name.replace("_", " ")
