"""A frozen record for people: the same canonical JSON, as sections of names and values, with nothing left out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import capfirst

DIGEST = re.compile(r"[0-9a-f]{64}")
PERSON = re.compile(r"USR-[0-9]{1,18}")
NOTHING = "none"


@dataclass(frozen=True)
class Cell:
    """One value as text; a digest is shown short, with the whole of it at hand."""

    text: str
    is_digest: bool = False


@dataclass(frozen=True)
class Section:
    """One part of a record: names with values, or a table, or both."""

    title: str
    rows: list[tuple[str, Cell]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    lines: list[list[tuple[str, Cell]]] = field(default_factory=list)


def sections(record: Mapping[str, Any]) -> list[Section]:
    """The record's parts in its own order; what has no parts of its own comes first, together."""
    plain = [(named(key), cell(value)) for key, value in record.items() if not _has_parts(value)]
    parts = [_section(named(key), value) for key, value in record.items() if _has_parts(value)]
    return [Section("In short", rows=plain), *parts] if plain else parts


def people_in(value: Any) -> Iterator[str]:
    """The references of the people whom a record names, wherever they stand in it."""
    if isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from people_in(inner)
    elif isinstance(value, str) and PERSON.fullmatch(value):
        yield value


def with_names(value: Any, names: Mapping[str, str]) -> Any:
    """The record with "Olivia Weber (USR-3)" for "USR-3": the reference stays, since it is what was signed."""
    if isinstance(value, Mapping):
        return {key: with_names(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_names(inner, names) for inner in value]
    known = names.get(value) if isinstance(value, str) else None
    return f"{known} ({value})" if known else value


def named(key: str) -> str:
    """ "compensating_controls" -> "Compensating controls"."""
    return capfirst(str(key).replace("_", " ")) if key != "v" else "Version of the record"


def cell(value: Any) -> Cell:
    """A value as one cell; parts within parts are written out in one line."""
    text = _text(value)
    return Cell(text, bool(DIGEST.fullmatch(text)))


def _section(title: str, value: Any) -> Section:
    if isinstance(value, Mapping):
        return Section(title, rows=[(named(key), cell(inner)) for key, inner in value.items()])
    if all(isinstance(item, Mapping) for item in value):
        heads = list(dict.fromkeys(key for item in value for key in item))
        lines = [[(named(head), cell(item.get(head))) for head in heads] for item in value]
        return Section(title, heads=[named(head) for head in heads], lines=lines)
    return Section(title, rows=[(str(place), cell(item)) for place, item in enumerate(value, start=1)])


def _has_parts(value: Any) -> bool:
    return isinstance(value, Mapping | list) and bool(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "" or value in ([], {}):
        return NOTHING
    if isinstance(value, Mapping):
        return _joined(f"{named(key).lower()} {_brief(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return _joined(_brief(item) for item in value)
    return str(value)


def _brief(value: Any) -> str:
    """A part within a part: a digest is told by its beginning, for the record itself has the whole of it."""
    text = _text(value)
    return f"{text[:8]}…" if DIGEST.fullmatch(text) else text


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(texts)
