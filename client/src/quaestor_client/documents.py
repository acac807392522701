"""A document that a person wrote, as YAML or JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from quaestor_client import yamls
from quaestor_client.errors import Unusable

LARGEST = 4 << 20


def read(path: Path) -> Any:
    """What the file says: JSON where its name ends so, else YAML.

    Raises:
        Unusable: it isn't there, or isn't readable; with the line.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise Unusable(f"{path} is larger than {LARGEST >> 20} MB, which no document of this kind is.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unusable(f"{path} can't be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise Unusable(f"{path} is not UTF-8.") from None
    return _json(path, text) if path.suffix.lower() == ".json" else _yaml(path, text)


def read_object(path: Path) -> dict[str, Any]:
    """The same of a document that has named fields.

    Raises:
        Unusable: it has none.
    """
    said = read(path)
    if not isinstance(said, dict):
        raise Unusable(f"{path} has to be fields with values (name: value), and is not.")
    return said


def _json(path: Path, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_named_once, parse_constant=_no_number)
    except RecursionError:
        raise Unusable(f"{path} is nested too deep.") from None
    except ValueError as error:
        raise Unusable(f"{path} is not JSON: {error}.") from None


def _yaml(path: Path, text: str) -> Any:
    try:
        return yamls.load(text)
    except yamls.Unreadable as error:
        raise Unusable(f"{path}, {error}") from None


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"it names {json.dumps(twice)} twice")
    return dict(pairs)


def _no_number(spelling: str) -> None:
    raise ValueError(f"{spelling} is no number in JSON")
