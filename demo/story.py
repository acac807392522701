"""What the chapters share: the people, the voice, the desk's folder, and what has come about so far."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.client import Person, Refused
from demo.telling import Telling


class Unexpected(Exception):
    """The product did something else than the story expects; the sentence says what."""


@dataclass
class Story:
    people: dict[str, Person]
    tell: Telling
    desk: Path  # where dmitri trains
    warehouse: Path  # a database that the product reads from
    out: Path  # what a reader may take away
    facts: dict[str, Any] = field(default_factory=dict)
    figures: list[tuple[str, str]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    def figure(self, name: str, value: str) -> None:
        """Keep a figure for the summary."""
        self.figures.append((name, value))

    def expect(self, holds: Any, otherwise: str) -> None:
        if not holds:
            raise Unexpected(otherwise)

    def refused(self, status: int, call: Any) -> str:
        """Do what must be refused; the sentence of the refusal."""
        try:
            answer = call()
        except Refused as refusal:
            self.expect(refusal.status == status, f"A refusal by {status} was expected; it was: {refusal}")
            return refusal.sentence
        raise Unexpected(f"This should have been refused with {status}, and was answered: {answer}")


def job_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The job in an answer to long work."""
    return answer.get("job") or answer


def gate(verdict: dict[str, Any], name: str) -> dict[str, Any]:
    """The line of a verdict by its gate's name; where there are several, the one that decided."""
    lines = [line for line in verdict["gates"] if line["name"] == name]
    order = ["failed", "unavailable", "inconclusive", "passed_near_limit", "passed"]
    return min(lines, key=lambda line: order.index(line["outcome"]))


def told(line: dict[str, Any]) -> str:
    """A gate's figure with its interval and denominator."""
    low, high = line.get("low"), line.get("high")
    interval = f" [{low:.3f}, {high:.3f}]" if low is not None and high is not None else ""
    return f"{line['value']:.3f}{interval}, n = {line['n']:,}"
