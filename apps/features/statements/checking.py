"""Whether a view's SQL can stand over its source's columns, with a problem for every line that has to be mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from apps.core.written import Problem, Text, Unreadable, named
from apps.datasets.selecting import StatementRefused, check
from apps.datasets.selecting.grammar import statements
from apps.features.definitions import FeatureDefinition, ViewDefinition
from apps.features.statements.composing import TABLE, expressions_of, given
from apps.features.statements.looking import PREFIX, expression, looks_ahead, windows

if TYPE_CHECKING:
    import pyarrow as pa

Path = tuple[str | int, ...]
FIELD = "sql"


def require_sound(view: ViewDefinition, text: Text, schema: pa.Schema) -> None:
    """Look at every statement of a view over the columns of its source; nothing is run.

    Raises:
        Unreadable: an expression is none, reads what isn't there, looks ahead, or gives another type than it says.
    """
    problems = list(_faults(view, text, schema))
    if problems:
        raise Unreadable(*problems)


def shape(view: ViewDefinition, schema: pa.Schema) -> pa.Schema:
    """The schema of the rows that a view's SQL gives to its features.

    Raises:
        StatementRefused: it may not run over a source of this schema.
    """
    if view.sql is None:
        return schema
    return check(view.sql, tables={TABLE: schema}).columns


def computed(view: ViewDefinition) -> bool:
    """Whether a row's values take other rows to compute."""
    if view.sql is not None:
        return True
    trees = (expression(feature.sql, FIELD) for feature in view.features)
    return any(True for tree in trees for _ in windows(tree))


def _faults(view: ViewDefinition, text: Text, schema: pa.Schema) -> Iterator[Problem]:
    try:
        if view.sql is not None:
            looks_ahead(statements(view.sql, FIELD), view.sql, FIELD)
        rows = shape(view, schema)
    except StatementRefused as refused:
        yield _problem(text, ("sql",), refused)
        return
    yield from _columns(view, text, rows)
    yield from _times_of_source(view, text, schema)
    sound = []
    for place, feature in enumerate(view.features):
        path = ("features", place, "expression" if feature.expression is not None else "name")
        try:
            looks_ahead(expression(feature.sql, FIELD), feature.sql, FIELD, skipped=len(PREFIX))
            sound.append((path, feature))
        except StatementRefused as refused:
            yield _problem(text, path, refused)
    yield from _types(view, text, schema, sound)


def _columns(view: ViewDefinition, text: Text, rows: pa.Schema) -> Iterator[Problem]:
    """Keys and times that aren't there, or can't be what they are said to be."""
    where = "the SQL's result" if view.sql is not None else f"{view.source}"
    there = set(rows.names)
    for place, key in enumerate(view.keys):
        path: Path = ("keys", place)
        if key not in there:
            yield _said(text, path, f"There is no column “{key}” in {where}.")
        elif family(rows.field(key).type) not in ("integer", "string", "boolean", "date"):
            yield _said(text, path, f"“{key}” is {family(rows.field(key).type)}; a key is a whole number or a text.")
    for part in ("event_time", "created_time"):
        name = getattr(view, part)
        if name not in there:
            yield _said(text, (part,), f"There is no column “{name}” in {where}.")
        elif family(rows.field(name).type) not in ("date", "timestamp"):
            yield _said(
                text, (part,), f"“{name}” is {family(rows.field(name).type)}; a time is a date or a timestamp."
            )


def _times_of_source(view: ViewDefinition, text: Text, schema: pa.Schema) -> Iterator[Problem]:
    """A view with SQL of its own is tested on its source as it was known earlier, so both times are there, too."""
    for part in ("event_time", "created_time") if view.sql is not None else ():
        name = getattr(view, part)
        if name not in schema.names or family(schema.field(name).type) not in ("date", "timestamp"):
            message = (
                f"{view.source} has no time “{name}”. Give the SQL's time the name of the one that it is made of."
            )
            yield _said(text, (part,), message)


def _types(
    view: ViewDefinition, text: Text, schema: pa.Schema, sound: Sequence[tuple[Path, FeatureDefinition]]
) -> Iterator[Problem]:
    """All features in one look; one by one only where something is wrong."""
    if not sound:
        return
    try:
        columns = check(expressions_of(view, [feature for _, feature in sound]), tables={TABLE: schema}).columns
    except StatementRefused:
        for path, feature in sound:
            yield from _alone(view, text, schema, path, feature)
        return
    for (path, feature), column in zip(sound, columns, strict=True):
        yield from _mistyped(text, path, feature, column.type)


def _alone(
    view: ViewDefinition, text: Text, schema: pa.Schema, path: Path, feature: FeatureDefinition
) -> Iterator[Problem]:
    try:
        found = check(expressions_of(view, [feature]), tables={TABLE: schema}).columns
    except StatementRefused as refused:
        yield _problem(text, path, _within(refused, f"{given(view)}{PREFIX}(", feature.sql))
    else:
        yield from _mistyped(text, path, feature, found.field(0).type)


def _within(refused: StatementRefused, before: str, sql: str) -> StatementRefused:
    """A refusal of a whole statement, its place counted in the person's own text that stands after `before`."""
    line = refused.line - before.count("\n")
    column = refused.column - (len(before) - before.rfind("\n") - 1 if line == 1 else 0)
    lines = sql.splitlines(keepends=True)
    at = len("".join(lines[: max(0, line - 1)]).encode()) + max(0, column - 1)
    return StatementRefused(refused.message, field=FIELD, sql=sql, at=at)


def _mistyped(text: Text, path: Path, feature: FeatureDefinition, found: pa.DataType) -> Iterator[Problem]:
    gives = family(found)
    fits = {"number": ("number", "integer"), "integer": ("integer",)}.get(feature.type, (feature.type,))
    if gives not in (*fits, "nothing"):
        told = f"“{feature.name}” is declared {feature.type}, and its expression gives {gives}."
        yield _said(text, (*path[:2], "type"), f"{told} Declare it so, or cast it.")


def family(found: pa.DataType) -> str:
    """What a column holds, in the words that declarations use."""
    import pyarrow.types as is_

    for test, name in (
        (is_.is_null, "nothing"),
        (is_.is_boolean, "boolean"),
        (is_.is_integer, "integer"),
        (lambda kind: is_.is_decimal(kind) and kind.scale == 0, "integer"),  # what sum() makes of integers
        (lambda kind: is_.is_floating(kind) or is_.is_decimal(kind), "number"),
        (lambda kind: is_.is_string(kind) or is_.is_large_string(kind), "string"),
        (is_.is_date, "date"),
        (is_.is_timestamp, "timestamp"),
    ):
        if test(found):
            return name
    return str(found)


def _said(text: Text, path: Path, message: str) -> Problem:
    return Problem(*text.spot(path), named(path), message)


def _problem(text: Text, path: Path, refused: StatementRefused) -> Problem:
    """A refused statement at its line of the whole text, as near as the way it was written lets it be told."""
    line, column = text.spot(path)
    if path in text.blocks:
        line, column = line + refused.line, 1
    return Problem(line, column, named(path), refused.message)
