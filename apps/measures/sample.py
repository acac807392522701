"""The rows under measurement: read once, checked once, sliced by segment."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from apps.measures import expressions
from apps.measures.arrays import Array, Booleans, Floats, Integers
from apps.measures.counts import Counts
from apps.measures.profiles import Profile
from apps.measures.results import NotAvailable
from apps.measures.scores import ScoreCounts
from apps.measures.spec import Spec, Task
from apps.measures.tables import Table, quoted


@dataclass(frozen=True)
class Sample:
    """A scored table as arrays.

    Attributes:
        outcome: shape (n,). Binary: 1 positive, 0 other, NaN unknown. Multiclass: index into `spec.classes`, NaN
            unknown or unseen. Regression: the value, NaN unknown.
        decision: as `outcome`, of the prediction; NaN where the model made none.
        scores: shape (n, k), one column a score; NaN where absent.
        weights: shape (n,), non-negative.
        segments: codes by segment column, shape (n,), with their labels.
        table: the open table, for measures that count in the database.
        reference: the frozen profile that drift compares with.
    """

    spec: Spec
    outcome: Floats
    decision: Floats
    scores: Floats
    weights: Floats
    segments: dict[str, tuple[Integers, tuple[str, ...]]]
    table: Table | None = None
    reference: Profile | None = None
    slice_: dict[str, str] | None = None

    @classmethod
    def read(cls, table: Table, spec: Spec, reference: Profile | None = None) -> "Sample":
        """Read what the spec names, in one scan.

        Raises:
            KeyError: a named column isn't there.
            ValueError: a label or a score doesn't fit its column's type.
        """
        wanted = [name for name in (spec.target, *spec.scores, spec.prediction, spec.weight, *spec.segments) if name]
        table.require(*wanted)
        columns = {"outcome": _outcome(table, spec), "decision": _decision(table, spec)}
        columns |= {f"score_{i}": table.number(name) for i, name in enumerate(spec.scores)}
        columns["weight"] = expressions.weight(table, spec)
        query = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        found = table.arrays(f"SELECT {query} FROM data")
        n = len(found["weight"])
        scores = [_floats(found[f"score_{i}"]) for i in range(len(spec.scores))]
        stacked = np.column_stack(scores) if scores else np.empty((n, 0))
        return cls(
            spec=spec,
            outcome=_floats(found["outcome"]),
            decision=_decided(spec, _floats(found["decision"]), stacked),
            scores=stacked,
            weights=_floats(found["weight"]),
            segments={name: table.codes(quoted(name)) for name in spec.segments},
            table=table,
            reference=reference,
        )

    @property
    def n(self) -> int:
        """Rows, scored or not."""
        return len(self.weights)

    @property
    def weighted(self) -> bool:
        """Whether rows count differently."""
        return self.spec.weight is not None

    def where(self, kept: Booleans, slice_: dict[str, str]) -> "Sample":
        """The rows of one slice; without the tables, as only measures over rows are sliced."""
        return replace(
            self,
            outcome=self.outcome[kept],
            decision=self.decision[kept],
            scores=self.scores[kept],
            weights=self.weights[kept],
            segments={},
            table=None,
            reference=None,
            slice_=slice_,
        )

    def slices(self, most: int = 50) -> "list[Sample]":
        """One sample a value of every segment; the `most` largest of a segment with many."""
        found = []
        for column, (codes, labels) in self.segments.items():
            sizes = np.bincount(codes, minlength=len(labels))
            for code in sorted(np.argsort(-sizes, kind="stable")[:most]):
                found.append(self.where(codes == code, {column: labels[code]}))
        return found

    @cached_property
    def scored(self) -> ScoreCounts:
        """Outcomes by score, higher meaning more positive (binary).

        Raises:
            NotAvailable: there is no row with both, or only one class among them.
        """
        outcome, score, weights = self.labelled_scores()
        sign = 1.0 if self.spec.score_direction == "higher" else -1.0
        counts = ScoreCounts.of(sign * score, outcome, weights)
        if counts.n.min() == 0:
            present = "positive" if counts.n[1] else "other"
            raise NotAvailable(f"All {counts.n.sum()} scored rows with an outcome are of one class, the {present}.")
        return counts

    @cached_property
    def window(self) -> Profile:
        """The sample's columns counted over the reference's cells."""
        assert self.table is not None and self.reference is not None
        return self.reference.counted(self.table, self.spec)

    @cached_property
    def counts(self) -> Counts:
        """Rows by group, favourable outcome and favourable decision."""
        assert self.table is not None
        return Counts.read(self.table, self.spec)

    def labelled_scores(self) -> tuple[Floats, Floats, Floats]:
        """Outcome, score and weight of the rows that have all three (binary, regression).

        Raises:
            NotAvailable: there is no such row.
        """
        if not self.spec.scores:
            raise NotAvailable("The table has no scores.")
        score = self.scores[:, 0]
        kept = np.isfinite(self.outcome) & np.isfinite(score) & (self.weights > 0)
        if not kept.any():
            raise NotAvailable("No row has both a score and an outcome.")
        return self.outcome[kept], score[kept], self.weights[kept]

    def labelled_decisions(self) -> tuple[Floats, Floats, Floats]:
        """Outcome, decision and weight of the rows that have all three.

        Raises:
            NotAvailable: there is no such row.
        """
        kept = np.isfinite(self.outcome) & np.isfinite(self.decision) & (self.weights > 0)
        if not kept.any():
            raise NotAvailable("No row has both a decision and an outcome.")
        return self.outcome[kept], self.decision[kept], self.weights[kept]

    def probabilities(self) -> tuple[Floats, Floats, Floats]:
        """Outcome, probability of the positive label, and weight (binary).

        Raises:
            NotAvailable: the scores are points, or lie outside 0..1.
        """
        if self.spec.score_kind != "probability":
            raise NotAvailable("The scores are points: they rank, and have no calibration to measure.")
        outcome, score, weights = self.labelled_scores()
        if score.min() < 0 or score.max() > 1:
            raise NotAvailable("Some scores lie outside 0 to 1, so they are no probabilities.")
        return outcome, score if self.spec.score_direction == "higher" else 1 - score, weights


def _outcome(table: Table, spec: Spec) -> str:
    if spec.target is None:
        return "NULL::DOUBLE"
    if spec.task is Task.REGRESSION:
        return table.number(spec.target)
    if spec.task is Task.MULTICLASS:
        return _class_index(table, spec, spec.target)
    return f"nullif({expressions.positive_outcome(table, spec)}, {expressions.UNKNOWN})::DOUBLE"


def _decision(table: Table, spec: Spec) -> str:
    if spec.task is Task.REGRESSION:
        return table.number(spec.prediction or spec.scores[0]) if spec.prediction or spec.scores else "NULL::DOUBLE"
    if spec.task is Task.MULTICLASS:
        return _class_index(table, spec, spec.prediction) if spec.prediction else "NULL::DOUBLE"
    try:
        return f"nullif({expressions.positive_decision(table, spec)}, {expressions.UNKNOWN})::DOUBLE"
    except NotAvailable:
        return "NULL::DOUBLE"


def _class_index(table: Table, spec: Spec, column: str) -> str:
    branches = " ".join(f"WHEN {table.equals(column, label)} THEN {i}" for i, label in enumerate(spec.classes))
    return f"(CASE WHEN {table.present(column)} THEN CASE {branches} END END)::DOUBLE"


def _decided(spec: Spec, decision: Floats, scores: Floats) -> Floats:
    if spec.task is not Task.MULTICLASS or spec.prediction or not scores.shape[1]:
        return decision
    known: Booleans = np.asarray(np.isfinite(scores).all(axis=1))
    return np.where(known, np.where(known[:, None], scores, 0).argmax(axis=1), np.nan)


def _floats(column: Array) -> Floats:
    if isinstance(column, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(column.astype(np.float64), np.nan))
    return np.asarray(column, dtype=np.float64)
