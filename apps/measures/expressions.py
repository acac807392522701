"""The SQL in which a spec reads a table: outcome, decision, score, weight and groups of a row."""

from apps.measures.results import NotAvailable
from apps.measures.spec import Protected, Spec, Task
from apps.measures.tables import Table, literal, quoted

UNKNOWN = 2  # an outcome that has not arrived, or a decision that was not made


def outcome(table: Table, spec: Spec) -> str:
    """1 where the true outcome is favourable, 0 where it isn't, 2 where it is unknown."""
    if spec.target is None or spec.target not in table.types:
        return str(UNKNOWN)
    return _flag(_favourable(table, spec, spec.target), table.present(spec.target))


def decision(table: Table, spec: Spec) -> str:
    """1 where the model's decision is favourable, 0 where it isn't, 2 where it made none.

    Raises:
        NotAvailable: the spec gives no way to a decision.
    """
    if spec.prediction is not None:
        table.require(spec.prediction)
        return _flag(_favourable(table, spec, spec.prediction), table.present(spec.prediction))
    table.require(*spec.scores)
    if spec.task is Task.REGRESSION:
        return _flag(_favourable(table, spec, spec.scores[0]), table.present(spec.scores[0]))
    if spec.task is Task.MULTICLASS:
        return _largest(table, spec)
    positive = positive_decision(table, spec)
    return positive if spec.favours_positive else f"CASE {positive} WHEN 2 THEN 2 WHEN 1 THEN 0 ELSE 1 END"


def positive_outcome(table: Table, spec: Spec) -> str:
    """1 where the true label is the positive one, 0 where it is another, 2 where it is unknown (binary)."""
    assert spec.target is not None and spec.positive_label is not None
    return _flag(table.equals(spec.target, spec.positive_label), table.present(spec.target))


def positive_decision(table: Table, spec: Spec) -> str:
    """1 where the positive label is predicted, 0 where another is, 2 where none is (binary).

    Raises:
        NotAvailable: there is neither a prediction column nor a threshold.
    """
    assert spec.positive_label is not None
    if spec.prediction is not None:
        return _flag(table.equals(spec.prediction, spec.positive_label), table.present(spec.prediction))
    if spec.cut is None or not spec.scores:
        raise NotAvailable("There is neither a prediction column nor a threshold, so no decision to measure.")
    score = table.number(spec.scores[0])
    operator = ">=" if spec.score_direction == "higher" else "<="
    return f"CASE WHEN ({score}) IS NULL THEN {UNKNOWN} WHEN ({score}) {operator} {spec.cut!r} THEN 1 ELSE 0 END"


def favourable_probability(table: Table, spec: Spec) -> str | None:
    """The predicted probability of the favourable label, or None where the scores are no probabilities of it."""
    if spec.score_kind != "probability" or not spec.scores or spec.task is Task.REGRESSION:
        return None
    if spec.task is Task.MULTICLASS:
        chosen = spec.favoured_class
        if chosen is None or len(spec.scores) != len(spec.classes):
            return None
        return table.number(spec.scores[chosen])
    score = table.number(spec.scores[0])
    return score if spec.favours_positive == (spec.score_direction == "higher") else f"1 - ({score})"


def weight(table: Table, spec: Spec) -> str:
    """The row's weight; 0 for a negative or absent one, so that such rows don't speak."""
    if spec.weight is None:
        return "1"
    return f"coalesce(greatest({table.number(spec.weight)}, 0), 0)"


def group(table: Table, attribute: Protected) -> str:
    """The row's group: the column itself, or the label of its bin."""
    table.require(attribute.column)
    if attribute.bins is None:
        return quoted(attribute.column)
    value = table.number(attribute.column)
    edges, labels = attribute.bins.inner()
    below = "<=" if attribute.bins.closed == "right" else "<"
    branches = " ".join(
        f"WHEN ({value}) {below} {float(edge)!r} THEN {literal(label)}"
        for edge, label in zip(edges, labels, strict=False)
    )
    return f"CASE WHEN ({value}) IS NULL THEN NULL {branches} ELSE {literal(labels[-1])} END"


def _flag(condition: str, present: str) -> str:
    return f"CASE WHEN NOT ({present}) THEN {UNKNOWN} WHEN {condition} THEN 1 ELSE 0 END"


def _favourable(table: Table, spec: Spec, column: str) -> str:
    if spec.task is Task.REGRESSION:
        if spec.favourable is None:
            raise NotAvailable("No value was named as favourable, so there is no selection to compare.")
        return f"({table.number(column)}) {spec.favourable.operator} {float(spec.favourable.value)!r}"
    if spec.favoured is None:
        raise NotAvailable("No label was named as favourable, so there is no selection to compare.")
    return table.equals(column, spec.favoured)


def _largest(table: Table, spec: Spec) -> str:
    chosen = spec.favoured_class
    if chosen is None:
        raise NotAvailable("No class was named as favourable, so there is no selection to compare.")
    score = table.number(spec.scores[chosen])
    # the first of equal scores wins, as argmax does
    wins = " AND ".join(
        f"({score}) {'>' if i < chosen else '>='} ({table.number(column)})"
        for i, column in enumerate(spec.scores)
        if i != chosen
    )
    known = " AND ".join(f"({table.number(column)}) IS NOT NULL" for column in spec.scores)
    return _flag(wins, known)
