"""What a feature view says, typed."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from apps.features.definitions.spans import Span, span

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Sentence = Annotated[str, StringConstraints(max_length=2000)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Mail = Annotated[str, StringConstraints(min_length=3, max_length=254)]
Sql = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
Type = Literal["integer", "number", "string", "boolean", "date", "timestamp"]

MOST_FEATURES = 500


class Strict(BaseModel):
    """A part of a view: unknown fields are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class FeatureDefinition(Strict):
    """One feature: an expression over the rows of its view; left out, the column of the feature's own name."""

    name: Word
    type: Type
    description: Sentence = ""
    owner: Mail | None = None
    protected: bool = False
    expression: Sql | None = None

    @property
    def sql(self) -> str:
        """The expression as SQL."""
        return self.expression if self.expression is not None else f'"{self.name}"'


class ViewDefinition(Strict):
    """Features of one entity from one dataset, and the two times that say what was known when.

    Attributes:
        keys: the columns that name one entity.
        source: the dataset; which version, a training set or a materialisation says.
        event_time: the column of the moment that a row tells of.
        created_time: the column of the moment from which the row could be known.
        ttl: how long after its event a value may still be used; None for ever.
        freshness: how old the newest event may grow before the owner is told; None: nobody is.
        online: whether the latest values are kept for reading by key.
        sql: a SELECT over `source` that gives the rows; left out, the dataset's own.
    """

    name: Name
    description: Sentence = ""
    entity: Word
    keys: list[Column] = Field(min_length=1, max_length=8)
    source: Annotated[str, StringConstraints(max_length=20)]
    event_time: Column
    created_time: Column
    ttl: Span | None = None
    freshness: Span | None = None
    online: bool = True
    owner: Mail | None = None
    sql: Sql | None = None
    features: list[FeatureDefinition] = Field(min_length=1, max_length=MOST_FEATURES)

    @model_validator(mode="after")
    def _names_apart(self) -> "ViewDefinition":
        _once(self.keys, "keys")
        _once([feature.name for feature in self.features], "features")
        taken = {name.casefold() for name in (*self.keys, self.event_time, self.created_time)}
        both = next((feature.name for feature in self.features if feature.name in taken), None)
        if both is not None:
            raise ValueError(f"“{both}” is a key or a time already. Give the feature a name of its own.")
        if {self.event_time, self.created_time} & set(self.keys):
            raise ValueError("A key names an entity and can't be its time.")
        return self

    @property
    def lifetime(self) -> timedelta | None:
        return None if self.ttl is None else span(self.ttl)

    @property
    def stale_after(self) -> timedelta | None:
        return None if self.freshness is None else span(self.freshness)

    def feature(self, name: str) -> FeatureDefinition | None:
        return next((feature for feature in self.features if feature.name == name), None)


def _once(names: list[str], what: str) -> None:
    folded = [name.casefold() for name in names]
    twice = next((name for name in names if folded.count(name.casefold()) > 1), None)
    if twice is not None:
        raise ValueError(f"Two {what} are called “{twice}”, capital letters aside. Give each a name of its own.")
