"""What a filter string is made of."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from apps.core.errors import BadInput

LONGEST = 20_000
PATTERN = re.compile(
    r"""
      (?P<blank>\s+)
    | (?P<number>[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?![\w.]))
    | (?P<name>[^\W\d][\w\-/:]*)
    | (?P<digits>[0-9][\w\-/:]*)
    | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<ticked>`(?:[^`]|``)*`)
    | (?P<comparator><=|>=|!=|<>|=|<|>)
    | (?P<mark>[.,()])
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of a filter: what kind it is, what it says without its quotes, and where it stands."""

    kind: str
    said: str
    at: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these key words, in whatever case."""
        return self.kind == "name" and self.said.upper() in words

    def __str__(self) -> str:
        return f"'{self.said[:60]}' at character {self.at + 1}" if self.kind != "end" else "the end"


def cut(text: str) -> list[Token]:
    """The tokens of `text` and an end.

    Raises:
        BadInput: something in it is none, such as a quote that is never closed.
    """
    if len(text) > LONGEST:
        raise BadInput(f"A filter may have {LONGEST:,} characters at most.")
    if "\0" in text:
        raise BadInput("A filter can't hold the character NUL.")
    return [*_pieces(text), Token("end", "", len(text))]


def _pieces(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = PATTERN.match(text, at)
        if found is None:
            raise BadInput(f"Invalid filter: {_why(text[at])} at character {at + 1}.")
        kind = str(found.lastgroup)
        if kind != "blank":
            yield Token(kind, _without_quotes(kind, found[0]), at)
        at = found.end()


def _without_quotes(kind: str, piece: str) -> str:
    """A quote inside of quotes is written twice."""
    if kind not in ("text", "ticked"):
        return piece
    return piece[1:-1].replace(piece[0] * 2, piece[0])


def _why(character: str) -> str:
    if character in "'\"`":
        return f"the quote {character} is never closed"
    return f"{character!r} has no meaning"
