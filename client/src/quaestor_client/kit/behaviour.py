"""The three kinds of tests of a model that is only called: minimum functionality, invariance, direction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Union

from quaestor_client.kit.outcome import SHOWN, Outcome, Untestable
from quaestor_client.kit.tables import Row, Table, missing_as_none, table_of

Model = Callable[[Any], Any]
Change = Union[Mapping[str, Any], Callable[[Row], Row]]
DIRECTIONS: dict[str, Callable[[float, float], bool]] = {
    "increases": lambda moved, tolerance: moved > tolerance,
    "decreases": lambda moved, tolerance: moved < -tolerance,
    "does_not_increase": lambda moved, tolerance: moved <= tolerance,
    "does_not_decrease": lambda moved, tolerance: moved >= -tolerance,
}
ONE_A_ROW = (
    "A model answers with one value a row; for probabilities give “lambda rows: model.predict_proba(rows)[:, 1]”."
)


def minimum_functionality(
    model: Model, cases: Any, expected: Any, *, about: str = "minimum functionality", at_most: float = 0.0
) -> Outcome:
    """Whether the model is right where the answer is known.

    Args:
        model: called with `cases` in the form they have; answers with one value a row.
        cases: rows (see `tables`).
        expected: one answer for all of them, one a row, or `expected(answer, row)` that says whether it is right.
        at_most: the share of cases that may be wrong.

    Raises:
        Untestable: there are no cases, or the model does not answer as one.
    """
    table = table_of(cases)
    answers = _asked(model, table, table.rows)
    right = _judge(expected, len(table))
    wrong = [place for place, row in enumerate(table.rows) if not right(place, answers[place], row)]
    told = [f"{_quoted(table.rows[place])} gave {answers[place]!r}" for place in wrong[:SHOWN]]
    return Outcome("minimum_functionality", about, len(table), len(wrong), at_most, tuple(told))


def invariance(
    model: Model, rows: Any, change: Any, *, tolerance: float = 0.0, about: str = "invariance", at_most: float = 0.0
) -> Outcome:
    """Whether the answer stays where only something changes that must not matter.

    Args:
        change: what is changed, or a list of changes: `{"sex": "f"}`, `{"sex": ["f", "m"]}` (each in turn),
            `{"income": lambda value: value + 0.01}`, or a function from a row to a changed row. A row that a change
            leaves as it is, is no case of it.
        tolerance: how far a number may move; other answers have to be equal.

    Raises:
        Untestable: nothing was changed, or the model does not answer as one.
    """
    table = table_of(rows)
    failed: list[str] = []
    cases = 0
    for place, changed, before, after in _pairs(model, table, change):
        cases += 1
        if not _same(before, after, tolerance):
            failed.append(f"{_difference(table.rows[place], changed)}: {before!r} became {after!r}")
    return Outcome("invariance", about, cases, len(failed), at_most, tuple(failed[:SHOWN]))


def directional(
    model: Model,
    rows: Any,
    change: Any,
    direction: str,
    *,
    tolerance: float = 0.0,
    about: str = "direction",
    at_most: float = 0.0,
) -> Outcome:
    """Whether a change moves the answer the way that everybody expects.

    Args:
        change: as for `invariance`.
        direction: increases, decreases, does_not_increase or does_not_decrease.
        tolerance: how far is not yet a move.

    Raises:
        Untestable: nothing was changed, or the model does not answer with numbers.
    """
    if direction not in DIRECTIONS:
        raise Untestable(f"“{direction}” is no direction; there are: {', '.join(DIRECTIONS)}.")
    table = table_of(rows)
    failed: list[str] = []
    cases = 0
    for place, changed, before, after in _pairs(model, table, change):
        if not (_is_number(before) and _is_number(after)):
            raise Untestable("A direction is asked of numbers; give a model that answers with scores.")
        cases += 1
        if not DIRECTIONS[direction](after - before, tolerance):
            failed.append(f"{_difference(table.rows[place], changed)}: {before!r} became {after!r}")
    return Outcome(
        "directional", f"{about} ({direction.replace('_', ' ')})", cases, len(failed), at_most, tuple(failed[:SHOWN])
    )


def _pairs(model: Model, table: Table, change: Any) -> Iterable[tuple[int, Row, Any, Any]]:
    """(place, the changed row, the answer before, the answer after) for every row that a change changes."""
    before = _asked(model, table, table.rows)
    found = 0
    for one in _changes(change):
        altered = [one(dict(row)) for row in table.rows]
        places = [place for place, row in enumerate(table.rows) if _moved(row, altered[place])]
        if not places:
            continue
        found += len(places)
        after = _asked(model, table, [altered[place] for place in places])
        yield from ((place, altered[place], before[place], after[n]) for n, place in enumerate(places))
    if not found:
        raise Untestable("The change leaves every row as it is, so nothing was tested.")


def _changes(change: Any) -> list[Callable[[Row], Row]]:
    if isinstance(change, Mapping):
        return _variants(change)
    if callable(change):
        return [change]
    if isinstance(change, Sequence) and not isinstance(change, str):
        return [one for part in change for one in _changes(part)]
    raise Untestable("A change is a mapping of columns to values, or a function from a row to a changed row.")


def _variants(change: Mapping[str, Any]) -> list[Callable[[Row], Row]]:
    """One function for each combination that the lists of the mapping name together, first with first."""
    longest = max((len(value) for value in change.values() if isinstance(value, (list, tuple))), default=1)

    def variant(number: int) -> Callable[[Row], Row]:
        def alter(row: Row) -> Row:
            for name, value in change.items():
                if name not in row:
                    raise Untestable(f"There is no column “{name}” to change.")
                chosen = value[number % len(value)] if isinstance(value, (list, tuple)) else value
                row[name] = chosen(row[name]) if callable(chosen) else chosen
            return row

        return alter

    return [variant(number) for number in range(longest)]


def _asked(model: Model, table: Table, rows: Sequence[Row]) -> list[Any]:
    """The model's answers to `rows`, one a row, as Python's own values."""
    given = model(table.like_the_first(rows))
    given = given.tolist() if hasattr(given, "tolist") else given
    try:
        answers = [missing_as_none(answer) for answer in given]
    except TypeError:
        raise Untestable(ONE_A_ROW) from None
    if len(answers) != len(rows):
        raise Untestable(f"The model gave {len(answers):,} answers to {len(rows):,} rows. {ONE_A_ROW}")
    if any(isinstance(answer, (list, tuple, dict)) for answer in answers):
        raise Untestable(ONE_A_ROW)
    return answers


def _judge(expected: Any, n: int) -> Callable[[int, Any, Row], bool]:
    if callable(expected):
        return lambda place, answer, row: bool(expected(answer, row))
    if hasattr(expected, "tolist"):
        expected = expected.tolist()
    if isinstance(expected, (list, tuple)):
        if len(expected) != n:
            raise Untestable(f"{len(expected):,} answers are expected of {n:,} cases.")
        return lambda place, answer, row: answer == missing_as_none(expected[place])
    return lambda place, answer, row: answer == expected


def _same(before: Any, after: Any, tolerance: float) -> bool:
    if _is_number(before) and _is_number(after):
        return bool(abs(after - before) <= tolerance)
    return bool(before == after) and before is not None


def _is_number(answer: Any) -> bool:
    return isinstance(answer, (int, float)) and not isinstance(answer, bool)


def _moved(row: Row, changed: Row) -> bool:
    return any(missing_as_none(row.get(name)) != missing_as_none(changed.get(name)) for name in {*row, *changed})


def _difference(row: Row, changed: Row) -> str:
    moved = [name for name in changed if missing_as_none(row.get(name)) != missing_as_none(changed.get(name))]
    return ", ".join(
        f"{name} {missing_as_none(row.get(name))!r} → {missing_as_none(changed[name])!r}" for name in moved
    )


def _quoted(row: Row) -> str:
    return ", ".join(f"{name}={missing_as_none(value)!r}" for name, value in row.items())
