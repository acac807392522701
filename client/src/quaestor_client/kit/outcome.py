"""What a test of the kit found: how many cases, how many failed, and a few of them to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KINDS = ("data_contract", "minimum_functionality", "invariance", "directional")
SHOWN = 5


class Untestable(Exception):
    """Nothing was tested: no rows, nothing changed, a model that doesn't answer as one. It never counts as passed."""


@dataclass(frozen=True)
class Outcome:
    """A test's result.

    Attributes:
        kind: one of KINDS.
        about: what was tested, in a few words.
        cases, failures: counts; the test passes where failures / cases is no more than `at_most`.
        examples: a few failures in a sentence each. They may quote rows, so they are shown and never uploaded.
        left: what a contract says that can't be checked here.
    """

    kind: str
    about: str
    cases: int
    failures: int
    at_most: float = 0.0
    examples: tuple[str, ...] = ()
    left: tuple[str, ...] = field(default=())

    @property
    def share(self) -> float:
        return self.failures / self.cases

    @property
    def passed(self) -> bool:
        return self.share <= self.at_most

    def __bool__(self) -> bool:
        return self.passed

    @property
    def sentence(self) -> str:
        """The result in counts, without any row's content."""
        told = f"{self.about}: {self.failures:,} of {self.cases:,} failed"
        return f"{told}, where at most {self.at_most:.3g} of them may." if self.at_most else f"{told}."

    def figures(self) -> dict[str, Any]:
        """The counts, as a report has them."""
        said: dict[str, Any] = {"cases": self.cases, "failures": self.failures, "at_most": self.at_most}
        return {**said, "not_checked": list(self.left)} if self.left else said

    def required(self) -> Outcome:
        """This, where it passed.

        Raises:
            AssertionError: it did not; with a few of the failures.
        """
        if not self.passed:
            more = self.failures - len(self.examples)
            lines = [self.sentence, *(f"  {example}" for example in self.examples)]
            raise AssertionError(
                "\n".join([*lines, f"  … and {more:,} more"] if more > 0 and self.examples else lines)
            )
        return self
