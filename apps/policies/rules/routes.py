"""An approval route: who signs, in which order, how many of them, by when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from apps.policies.rules.shapes import Document, Name, Sentence, Strict, Tier, Word, unique

Days = Annotated[int, Field(ge=1, le=3650)]


class RouteScope(Strict):
    """Which requests take this route: kinds of subject ("any" for all that have no route of their own) in tiers."""

    kinds: list[Word] = Field(min_length=1)
    tiers: list[Tier] = Field(min_length=1)


class Stage(Strict):
    """One step of the route.

    role or permission: who may sign. mode: "any" of them until `quorum` have signed, or "all" who are asked.
    deadline_days: calendar days from the stage's opening; reminders_days: days before that when we remind.
    """

    name: Name
    role: Word | None = None
    permission: Word | None = None
    quorum: Annotated[int, Field(ge=1, le=20)] = 1
    mode: Literal["any", "all"] = "any"
    deadline_days: Days
    reminders_days: list[Annotated[int, Field(ge=0, le=3650)]] = []
    because: Sentence = ""

    @model_validator(mode="after")
    def _hangs_together(self) -> "Stage":
        if (self.role is None) == (self.permission is None):
            raise ValueError("A stage says who may sign by a role or by a permission: give one of the two.")
        late = [days for days in self.reminders_days if days >= self.deadline_days]
        if late:
            raise ValueError(
                f"A reminder {late[0]} days before a deadline of {self.deadline_days} would come too early."
            )
        return self


class ConditionRule(Strict):
    """Whether an approval may carry conditions, and how far off their dates may lie."""

    allowed: bool = True
    max_days: Days = 365


class CaseDecision(Strict):
    """A decision made up for an example case."""

    stage: Name
    person: Name
    decision: Literal["approve", "approve_with_conditions", "send_back", "reject"]


class ExpectedStanding(Strict):
    outcome: Literal["pending", "approved", "approved_with_conditions", "sent_back", "rejected"]
    stage: Name | None = None


class RouteCase(Strict):
    """An example that the route's author worked out by hand."""

    name: Name
    decisions: list[CaseDecision]
    asked: dict[str, list[Name]] = {}
    expect: ExpectedStanding


class ApprovalRoute(Document):
    """Stages in the order in which they open. Nobody signs two of them."""

    kind: Literal["approval_route"]
    applies: RouteScope
    stages: list[Stage] = Field(min_length=1, max_length=10)
    conditions: ConditionRule = ConditionRule()
    cases: list[RouteCase] = []

    @model_validator(mode="after")
    def _hangs_together(self) -> "ApprovalRoute":
        names = [stage.name for stage in self.stages]
        unique(names, "stages")
        unique([case.name for case in self.cases], "cases")
        for case in self.cases:
            unknown = ({decision.stage for decision in case.decisions} | set(case.asked)) - set(names)
            if unknown:
                raise ValueError(f"The case “{case.name}” speaks of a stage “{min(unknown)}”, which isn't here.")
        return self


@dataclass(frozen=True)
class Standing:
    """Where a request stands: its outcome, the stage that is open, and how many signatures that still needs."""

    outcome: str
    stage: str | None = None
    missing: int = 0

    @property
    def decided(self) -> bool:
        return self.outcome != "pending"


def standing(
    route: ApprovalRoute,
    decisions: Sequence[Mapping[str, Any]],
    asked: Mapping[str, Sequence[str]] | None = None,
) -> Standing:
    """Where a request stands after `decisions`.

    A rejection or a return ends it at once. A signature counts once a person, in the first stage they signed.

    Args:
        decisions: {stage, person, decision} in the order in which they were made.
        asked: the people asked by stage name, which a stage in mode "all" needs to know when it is complete.
    """
    signed: dict[str, str] = {}
    for decision in decisions:
        if decision["decision"] in ENDINGS:
            return Standing(ENDINGS[decision["decision"]], decision["stage"])
        signed.setdefault(decision["person"], decision["stage"])
    for stage in route.stages:
        people = {person for person, where in signed.items() if where == stage.name}
        missing = _missing(stage, people, (asked or {}).get(stage.name, ()))
        if missing:
            return Standing("pending", stage.name, missing)
    conditional = any(decision["decision"] == "approve_with_conditions" for decision in decisions)
    return Standing("approved_with_conditions" if conditional else "approved")


ENDINGS = {"reject": "rejected", "send_back": "sent_back"}


def _missing(stage: Stage, people: set[str], asked: Sequence[str]) -> int:
    if stage.mode == "all":
        return max(len(set(asked) - people), stage.quorum - len(people), 0)
    return max(stage.quorum - len(people), 0)
