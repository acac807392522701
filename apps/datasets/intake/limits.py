"""How much a table may hold, and how its refusals are worded."""

from dataclasses import dataclass

from apps.core.errors import BadInput


@dataclass(frozen=True)
class Limits:
    """Bounds on one table, counted while it is read: what a file announces about itself is only a first hint."""

    rows: int = 100_000_000
    columns: int = 2_000
    unpacked_bytes: int = 4 << 30  # in memory, after decompression
    name_length: int = 200
    cell_bytes: int = 8 << 20


def refuse(sentence: str) -> BadInput:
    """A refusal that blames the file; raise it."""
    return BadInput(errors={"file": [sentence]})


def plural(count: int, one: str, many: str | None = None) -> str:
    """plural(1, "row") is "1 row", plural(2300, "row") is "2,300 rows"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
