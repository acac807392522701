"""A contract on its way from document to terms: what is found so far, and every line that has to be mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.core.written import Problem, Text, named
from apps.datasets.contracts.documents import Property, Table
from apps.datasets.contracts.terms import Check, Expectation, Field, Kept, Kind, Severity

Path = tuple[str | int, ...]

SEVERITIES = {
    Severity.BLOCK: ("block", "error", "critical", "high", "major", "fatal"),
    Severity.WARN: ("warn", "warning", "info", "low", "medium", "minor"),
}
LONGEST_NAME = 120


@dataclass
class Drafting:
    """What reading a document has found so far.

    Attributes:
        at: the path of the table in the document.
        fields: the columns by the name that the document uses for them.
    """

    text: Text
    table: Table
    at: Path
    fields: dict[str, Field] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    named: dict[str, Path] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def no(self, path: Path, message: str) -> None:
        """Note what has to be mended, and go on."""
        line, column = self.text.spot(path)
        self.problems.append(Problem(line, column, named(path), message))

    def keep(self, path: Path, what: str, why: str) -> None:
        """Note what is kept and not checked."""
        self.kept.append(Kept(what, self.text.spot(path)[0], why))

    def column(self, name: Any, path: Path) -> Field | None:
        """The column that the document calls so; where there is none, that is noted."""
        found = self.fields.get(name) if isinstance(name, str) else None
        if found is None:
            self.no(path, f"There is no column “{name}” in “{self.table.name}”.")
        return found

    def severity(self, said: Any, path: Path) -> Severity:
        """What a failure does; the standard leaves the words open, and those that are used in practice are known."""
        if said is None:
            return Severity.BLOCK
        word = str(said).strip().casefold()
        found = next((severity for severity, words in SEVERITIES.items() if word in words), None)
        if found is None:
            self.no(path, f"The severity “{said}” says neither that it blocks (error) nor that it warns (warning).")
        return found or Severity.BLOCK

    def add(
        self,
        kind: Kind,
        expects: Expectation,
        place: Path,
        *,
        name: str | None,
        otherwise: str,
        severity: Severity = Severity.BLOCK,
        columns: tuple[str, ...] = (),
        arguments: Mapping[str, Any] | None = None,
        description: Any = "",
    ) -> None:
        """Add a check under its own name, or one that says what it does.

        Args:
            name: as the document has it; no two checks may have one.
            otherwise: what it is called where the document doesn't say; numbered where that repeats itself.
        """
        if name is not None and not 0 < len(name.strip()) <= LONGEST_NAME:
            self.no((*place, "name"), f"A check's name has 1 to {LONGEST_NAME} characters.")
            return
        if name is not None and name in self.named:
            line = self.text.spot(self.named[name])[0]
            self.no((*place, "name"), f"There is a check called “{name}” already, on line {line}.")
            return
        if name is not None:
            self.named[name] = place
        said = description if isinstance(description, str) else ""
        called = name or otherwise[:LONGEST_NAME]
        self.checks.append(Check(called, kind, severity, expects, columns, dict(arguments or {}), said, place))

    def finished(self) -> tuple[Check, ...]:
        """The checks, those without a name of their own numbered where two would be called the same."""
        taken = set(self.named)
        counted: Counter[str] = Counter()
        done = []
        for check in self.checks:
            if self.named.get(check.name) == check.place:
                done.append(check)
                continue
            name = check.name
            while name in taken:
                counted[check.name] += 1
                name = f"{check.name} ({counted[check.name] + 1})"
            taken.add(name)
            done.append(replace(check, name=name))
        return tuple(done)

    def property_at(self, place: int) -> tuple[Property, Path]:
        """A property of the table, and where it stands."""
        return self.table.properties[place], (*self.at, "properties", place)
