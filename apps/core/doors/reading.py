"""JSON as the API reads it: what two readers could take for two different things is refused, not guessed at."""

import json
import math
from collections.abc import Iterator
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from apps.core.errors import BadInput

DEEPEST = 64
INTEGER_BOUND = 2**63  # what a database's integers hold, and any client's
NUL = "Text can't hold the character NUL."
HALF = "Text can't hold one half of a surrogate pair."


class StrictJSON(JSONParser):
    """What is no JSON is 400; JSON that can't be kept as it is, is 422 by field. (Django bounds a body's length.)"""

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return read_json(stream.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ParseError(f"The body is not UTF-8: byte {error.start} can't be read.") from None
        except ValueError as error:
            raise ParseError(f"This is not JSON: {error}.") from None


def read_json(text: str, at: str = "") -> Any:
    """The value that `text` spells.

    Args:
        at: the field that holds it; errors are named below it.

    Raises:
        ValueError: it is not JSON, names a field twice, or is nested more than 64 deep; with the reason.
        BadInput: it holds what can't be kept: NUL, half a character, an integer beyond 64 bits.
    """
    try:
        value = json.loads(text, object_pairs_hook=_named_once, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise ValueError(f"it is nested more than {DEEPEST} deep") from None
    errors = {place or "body": [sentence] for place, sentence in _faults(value, at)}
    if errors:
        raise BadInput(errors=errors)
    return value


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"it names {json.dumps(twice)} twice")
    return named


def _no_number(spelling: str) -> None:
    raise ValueError(f"{spelling} is no number in JSON")


def _finite(spelling: str) -> float:
    number = float(spelling)
    if math.isinf(number):
        raise ValueError(f"{spelling} is beyond the largest number")
    return number


def _faults(value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Where something can't be kept, and why; without recursion, which a deep body would exhaust.

    Raises:
        ValueError: it is nested too deep.
    """
    waiting = [(value, at, 0)]
    while waiting:
        item, place, depth = waiting.pop()
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} deep")
        if isinstance(item, dict):
            for name, inner in item.items():
                waiting.append((inner, f"{place}.{name}" if place else name, depth + 1))
                if fault := _fault(name):
                    yield place, fault
        elif isinstance(item, list):
            waiting.extend((inner, f"{place}[{n}]", depth + 1) for n, inner in enumerate(item))
        elif fault := _fault(item):
            yield place, fault


def _fault(item: Any) -> str:
    if isinstance(item, int) and not -INTEGER_BOUND <= item < INTEGER_BOUND:
        return "An integer may have 64 bits at most. Write a longer one as text."
    if not isinstance(item, str) or item.isascii():
        return NUL if isinstance(item, str) and "\0" in item else ""
    if "\0" in item:
        return NUL
    return HALF if any("\ud800" <= character <= "\udfff" for character in item) else ""
