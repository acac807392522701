"""Finding deadlines: how long a finding may stay open, by severity."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from apps.policies.rules.shapes import Document, Name, Sentence, Strict, Word, unique


class Severity(Strict):
    """What a severity means, how long mending may take, and whether an open one stands in the way of approval."""

    severity: Word
    meaning: Sentence
    days: Annotated[int, Field(ge=1, le=3650)]
    plan_days: Annotated[int, Field(ge=1, le=3650)]
    blocks_approval: bool = False

    @model_validator(mode="after")
    def _plan_comes_first(self) -> "Severity":
        if self.plan_days > self.days:
            raise ValueError("The plan would be due after the mending itself.")
        return self


class ExpectedDue(Strict):
    due: str
    plan_due: str | None = None


class DeadlineCase(Strict):
    """An example that the author worked out by hand; dates as "2026-11-24"."""

    name: Name
    severity: Word
    opened: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    expect: ExpectedDue


class FindingDeadlines(Document):
    """Severities, the most severe first, with calendar days from the day a finding is opened."""

    kind: Literal["finding_deadlines"]
    severities: list[Severity] = Field(min_length=1)
    cases: list[DeadlineCase] = []

    @model_validator(mode="after")
    def _hangs_together(self) -> "FindingDeadlines":
        names = [item.severity for item in self.severities]
        unique(names, "severities")
        unique([case.name for case in self.cases], "cases")
        days = [item.days for item in self.severities]
        if days != sorted(days):
            raise ValueError("A more severe finding would have more time than a milder one. Put the severest first.")
        for case in self.cases:
            self._check_case(case, names)
        return self

    def _check_case(self, case: DeadlineCase, names: list[str]) -> None:
        if case.severity not in names:
            raise ValueError(f"The case “{case.name}” speaks of a severity “{case.severity}”, which isn't here.")
        try:
            date.fromisoformat(case.opened)
        except ValueError:
            raise ValueError(f"The case “{case.name}”: {case.opened} isn't a date.") from None

    def of(self, severity: str) -> Severity:
        """The entry for `severity`.

        Raises:
            LookupError: the policy doesn't know it.
        """
        for item in self.severities:
            if item.severity == severity:
                return item
        raise LookupError(f"The policy knows no severity “{severity}”.")

    def due(self, severity: str, opened: date) -> date:
        return opened + timedelta(days=self.of(severity).days)

    def plan_due(self, severity: str, opened: date) -> date:
        return opened + timedelta(days=self.of(severity).plan_days)
