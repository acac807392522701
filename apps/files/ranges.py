"""The Range that a client asks for: one part of a file, from byte to byte."""

import re
from dataclasses import dataclass

FORM = re.compile(r"bytes=\s*(\d{0,19})-(\d{0,19})\s*", re.ASCII)


class Unsatisfiable(Exception):
    """It asks for bytes behind the end."""


@dataclass(frozen=True)
class Part:
    """The bytes from `first` to `last`, both counted in, from 0 on."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def part_of(asked: str, size: int) -> Part | None:
    """The part of a file of `size` bytes that a Range header asks for; None for the whole.

    Several parts at once, or a form that isn't known, count as not asked, as RFC 9110 allows.

    Raises:
        Unsatisfiable: it begins behind the end.
    """
    found = FORM.fullmatch(asked)
    if found is None or found.groups() == ("", ""):
        return None
    begin, end = found.groups()
    if not begin:  # the last so many bytes
        first, last = max(size - int(end), 0), size - 1
    else:
        first, last = int(begin), min(int(end), size - 1) if end else size - 1
        if end and int(end) < first:
            return None
    if first >= size:
        raise Unsatisfiable
    return Part(first, last)
