"""A table held against its terms: one scan for what aggregates can say, a statement for what they can't."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.datasets.contracts import compiling, distributions, evolution
from apps.datasets.contracts.compiling import ROW_BY_ROW, Types, Unfit
from apps.datasets.contracts.custom import measure_query
from apps.datasets.contracts.terms import Check, Expectation, Kind, Severity, Terms
from apps.datasets.intake.columns import type_name
from apps.datasets.intake.engine import literal, reading

if TYPE_CHECKING:
    import duckdb

SCHEMA = "schema"
PASSED, FAILED, ERROR = "passed", "failed", "error"
IN_SCAN = (*ROW_BY_ROW, Kind.FRESHNESS, Kind.ROW_COUNT, Kind.DISTRIBUTION)


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        outcome: passed, failed, or error where it couldn't be measured, which counts as failed.
        value: the figure that is held against what is expected, in `unit`.
        failing: rows that fail, where rows can.
        rows: rows looked at, the denominator.
        reason: why it failed or couldn't be measured, as a sentence.
    """

    name: str
    kind: str
    severity: str
    outcome: str
    expected: str
    columns: tuple[str, ...] = ()
    value: float | None = None
    unit: str = ""
    failing: int | None = None
    rows: int = 0
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome == PASSED


@dataclass(frozen=True)
class Before:
    """The version that a table follows, for what it may change: types and digests by column."""

    reference: str
    types: Mapping[str, str]
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What a table looks like under its contract.

    Attributes:
        outcome: passed; warned, where only checks failed that warn; refused, where one failed that blocks.
        scans: statements that read the table.
    """

    rows: int
    findings: tuple[Finding, ...]
    changes: tuple[evolution.Change, ...]
    seconds: float
    scans: int

    @property
    def outcome(self) -> str:
        bad = [finding for finding in self.findings if not finding.ok]
        if any(finding.severity == Severity.BLOCK for finding in bad):
            return "refused"
        return "warned" if bad else "passed"


def inspect(
    path: Path,
    terms: Terms,
    *,
    as_of: datetime,
    others: Mapping[str, Path] | None = None,
    before: Before | None = None,
    digests: Mapping[str, str] | None = None,
    seconds: float = 60.0,
) -> Report:
    """Hold the Parquet table at `path` against `terms`.

    Args:
        as_of: the moment that freshness is told at, and `$now` of custom SQL: when the table was taken in.
        others: tables that checks compare with: of datasets (DS-0002) and of versions (DS-0001@1), by reference.
        before: the version that this one follows.
        digests: of this table's cells by column, by which a renamed column is known.
        seconds: how long each custom query may take.
    """
    began = time.perf_counter()
    given = dict(others or {})
    with (
        tempfile.TemporaryDirectory(prefix="inspect-") as folder,
        reading(path, *given.values(), spill=Path(folder)) as connection,
    ):
        at = _Inspecting(connection, path, terms, as_of.astimezone(UTC).replace(tzinfo=None), given, seconds)
        findings = at.run()
    types = at.types
    found = _changes(terms, types, before, digests or {})
    return Report(
        rows=at.rows,
        findings=(*_schema_findings(terms, types, before, found), *findings),
        changes=tuple(found),
        seconds=time.perf_counter() - began,
        scans=at.scans,
    )


def judged(check: Check, value: float, *, rows: int, failing: int | None = None) -> Finding:
    """A figure against what is expected of it. A share is of all rows; of no rows it is zero."""
    return _finding(
        check,
        outcome=PASSED if check.expects.met(value) else FAILED,
        value=value,
        failing=failing,
        rows=rows,
    )


class _Inspecting:
    """One table on one connection."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        terms: Terms,
        as_of: datetime,
        others: dict[str, Path],
        seconds: float,
    ) -> None:
        self.connection, self.path, self.terms = connection, path, terms
        self.as_of, self.others, self.seconds = as_of, others, seconds
        self.types = types_of(path)
        self.rows = self.scans = 0
        self.found: dict[str, Finding] = {}

    def run(self) -> list[Finding]:
        self.connection.execute(f"CREATE TEMP VIEW checked AS SELECT * FROM read_parquet({literal(str(self.path))})")
        self._scan([check for check in self.terms.checks if check.kind in IN_SCAN])
        for check in self.terms.checks:
            if check.kind not in IN_SCAN:
                self._alone(check)
        return [self.found[check.name] for check in self.terms.checks]

    def _scan(self, checks: Sequence[Check]) -> None:
        """Every check of one scan, in one statement; those that can't be held against this table are left out."""
        wanted: list[tuple[Check, str, distributions.Reference | None]] = []
        for check in checks:
            try:
                wanted.append(self._wanted(check))
            except Unfit as why:
                self.found[check.name] = _error(check, str(why))
        expressions = ", ".join(["count(*)", *(sql for _, sql, _ in wanted)])
        answer = self.connection.execute(f"SELECT {expressions} FROM checked").fetchone()
        self.scans += 1
        self.rows, cells = answer[0], iter(answer[1:])
        for check, _, reference in wanted:
            taken = [next(cells)] if reference is None else [next(cells), next(cells)]
            self.found[check.name] = self._scanned(check, taken, reference)

    def _wanted(self, check: Check) -> tuple[Check, str, distributions.Reference | None]:
        if check.kind != Kind.DISTRIBUTION:
            return check, compiling.figure(check, self.types), None
        compiling.require_columns(check, self.types)
        reference = self._reference(check)
        return check, distributions.counting(reference, check.columns[0], self.types), reference

    def _reference(self, check: Check) -> distributions.Reference:
        path = self._other(check.arguments["against"])
        table = f"read_parquet({literal(str(path))})"
        return distributions.freeze(self.connection, table, check.columns[0], types_of(path))

    def _other(self, reference: str) -> Path:
        if reference not in self.others:
            raise Unfit(f"There is no table {reference} to compare with, or none that may be used.")
        return self.others[reference]

    def _scanned(self, check: Check, taken: list[Any], reference: distributions.Reference | None) -> Finding:
        try:
            if reference is not None:
                counts = distributions.cells(reference, taken[0], taken[1], self.rows)
                return judged(check, distributions.distance(check, reference, counts), rows=self.rows)
            if check.kind == Kind.FRESHNESS:
                return judged(check, self._age(check, taken[0]), rows=self.rows)
        except Unfit as why:
            return _error(check, str(why), self.rows)
        if check.kind == Kind.ROW_COUNT:
            return judged(check, taken[0], rows=self.rows)
        return self._counted(check, taken[0])

    def _age(self, check: Check, newest: int | None) -> float:
        if newest is None:
            raise Unfit(f"“{check.columns[0]}” holds no value, so nobody can say how fresh the table is.")
        moment = self.as_of.replace(tzinfo=UTC).timestamp()
        return moment - newest / 1_000_000

    def _counted(self, check: Check, failing: int) -> Finding:
        share = 100 * failing / self.rows if self.rows else 0.0
        value = share if check.expects.unit == "percent" else failing
        return judged(check, value, rows=self.rows, failing=failing)

    def _alone(self, check: Check) -> None:
        """A check that needs a statement of its own."""
        self.scans += 1
        try:
            self.found[check.name] = _ALONE[check.kind](self, check)
        except Unfit as why:
            self.found[check.name] = _error(check, str(why), self.rows)

    def _unique(self, check: Check) -> Finding:
        sql = compiling.duplicates(check, self.types)
        return self._counted(check, self.connection.execute(sql).fetchone()[0])

    def _referential(self, check: Check) -> Finding:
        path = self._other(check.arguments["dataset"])
        source = f"read_parquet({literal(str(path))})"
        sql = compiling.orphans(check, self.types, types_of(path))
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW other AS SELECT * FROM {source}")
        return self._counted(check, self.connection.execute(sql).fetchone()[0])

    def _sql(self, check: Check) -> Finding:
        value = measure_query(check, self.terms.table, self.path, as_of=self.as_of, seconds=self.seconds)
        if check.arguments["gives"] == "rows":
            return self._counted(check, int(value))
        return judged(check, value, rows=self.rows)


_ALONE = {
    Kind.UNIQUE: _Inspecting._unique,
    Kind.REFERENTIAL: _Inspecting._referential,
    Kind.SQL: _Inspecting._sql,
}


def types_of(path: Path) -> Types:
    """The type of each column of a stored table, by name."""
    import pyarrow.parquet as pq

    return {column.name: type_name(column.type) for column in pq.read_schema(path)}


def _changes(terms: Terms, types: Types, before: Before | None, digests: Mapping[str, str]) -> list[evolution.Change]:
    if before is None:
        return []
    required = {entry.name for entry in terms.fields if entry.required}
    renamed = evolution.renamed_by_cells(before.digests, digests) if digests and before.digests else {}
    return evolution.changes(before.types, types, required_before=required, required_after=required, renamed=renamed)


def _schema_findings(
    terms: Terms, types: Types, before: Before | None, found: Sequence[evolution.Change]
) -> list[Finding]:
    """Two findings that every inspection has: the columns promised are there, and nothing changed that may not."""
    broken = [fault for entry in terms.fields if (fault := _fault(entry.name, entry.type, types))]
    promised = _schema("columns as promised", "the contract's columns and types", broken)
    if before is None:
        return [promised]
    bad = [str(change) for change in evolution.forbidden(found, terms.compatibility)]
    return [promised, _schema(f"compatible with {before.reference}", terms.compatibility, bad)]


def _fault(name: str, promised: str | None, types: Types) -> str | None:
    if name not in types:
        return f"“{name}” is not there"
    fits = promised in (None, types[name]) or (types[name], promised) in evolution.WIDER
    return None if fits else f"“{name}” is {types[name]}, not {promised}"


def _schema(name: str, expected: str, faults: list[str]) -> Finding:
    reason = f"{'; '.join(faults)}." if faults else ""
    outcome = FAILED if faults else PASSED
    return Finding(name, SCHEMA, Severity.BLOCK, outcome, expected, value=len(faults), unit="columns", reason=reason)


def _error(check: Check, why: str, rows: int = 0) -> Finding:
    return _finding(check, outcome=ERROR, rows=rows, reason=why)


def _finding(check: Check, **found: Any) -> Finding:
    expects: Expectation = check.expects
    return Finding(
        name=check.name,
        kind=str(check.kind),
        severity=str(check.severity),
        expected=str(expects),
        columns=check.columns,
        unit=expects.unit,
        **found,
    )
