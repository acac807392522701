"""YAML as people look at it: numbered lines, plainly coloured, with errors or changes beside them."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from apps.core.written.reading import Problem

KEPT_AROUND = 3

Token = tuple[str, str]

_KEY = re.compile(r"^(\s*(?:- +)?)([A-Za-z_][^:#{}\[\]\"']*?)(:)(?=\s|$)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


@dataclass(frozen=True)
class Line:
    """A line of a listing: its number, its tokens as (class, text), and what is wrong with it."""

    number: int
    tokens: tuple[Token, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Compared:
    """A line of a comparison; `skipped` unchanged lines are told instead of shown."""

    kind: Literal["same", "added", "removed", "skipped"]
    before: int | None
    after: int | None
    tokens: tuple[Token, ...] = ()
    skipped: int = 0


def tokens(line: str) -> tuple[Token, ...]:
    """`line` cut into ("key" | "comment" | "text", text); joined they are the line again."""
    comment = _COMMENT.search(line)
    code, rest = (line[: comment.start()], line[comment.start() :]) if comment else (line, "")
    key = _KEY.match(code)
    parts = [("text", key[1]), ("key", key[2]), ("text", code[key.end(2) :])] if key else [("text", code)]
    return tuple((name, text) for name, text in [*parts, ("comment", rest)] if text)


def numbered(text: str, problems: Iterable[Problem] = ()) -> list[Line]:
    by_line: dict[int, list[Problem]] = {}
    for problem in problems:
        by_line.setdefault(problem.line, []).append(problem)
    lines = text.split("\n")
    last = max([len(lines) if lines[-1] or len(lines) == 1 else len(lines) - 1, *by_line])
    shown = [*lines, *[""] * max(0, last - len(lines))][:last]
    return [Line(n, tokens(line), tuple(by_line.get(n, ()))) for n, line in enumerate(shown, 1)]


def compared(before: str, after: str) -> list[Compared]:
    """What changed from `before` to `after`, line by line, with a few unchanged lines around each change."""
    old, new = before.splitlines(), after.splitlines()
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [row for at, block in enumerate(blocks) for row in _block(block, old, new, at == 0, at == len(blocks) - 1)]


def _block(
    block: tuple[str, int, int, int, int], old: list[str], new: list[str], first: bool, last: bool
) -> Iterator[Compared]:
    name, old_from, old_to, new_from, new_to = block
    if name != "equal":
        for place in range(old_from, old_to):
            yield Compared("removed", place + 1, None, tokens(old[place]))
        for place in range(new_from, new_to):
            yield Compared("added", None, place + 1, tokens(new[place]))
        return
    length = old_to - old_from
    head, tail = (0 if first else KEPT_AROUND), (0 if last else KEPT_AROUND)
    for offset in range(length):
        if length - tail > offset >= head and length > head + tail:
            if offset == head:
                yield Compared("skipped", None, None, skipped=length - head - tail)
            continue
        yield Compared("same", old_from + offset + 1, new_from + offset + 1, tokens(old[old_from + offset]))
