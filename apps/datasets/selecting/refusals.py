"""How a statement is refused: what is wrong, and on which line."""

import re

from apps.core.errors import BadInput

NOWHERE = 2**64 - 1  # what DuckDB says of a node that stands nowhere in the text


class StatementRefused(BadInput):
    """The statement may not run, or can't be read.

    Attributes:
        line, column: where it is at fault, both from 1.
        message: the sentence without the place.
    """

    def __init__(self, message: str, *, field: str, sql: str = "", at: int | None = None) -> None:
        self.line, self.column = place(sql, at)
        self.message = message
        sentence = f"Line {self.line}, column {self.column}: {message}" if at is not None else message
        super().__init__(errors={field: [sentence]})


class StatementFailed(BadInput):
    """The statement began and did not come to its end.

    Attributes:
        detail: what DuckDB said. It may quote cells, so it is for people who may read rows, and for nobody else.
    """

    def __init__(self, message: str, *, field: str, detail: str = "") -> None:
        super().__init__(errors={field: [message]})
        self.message = message
        self.detail = detail


def place(sql: str, at: int | None) -> tuple[int, int]:
    """(line, column) from 1 of a byte offset into the statement's UTF-8."""
    if at is None:
        return 1, 1
    before = sql.encode("utf-8", "surrogatepass")[:at].decode("utf-8", "ignore")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def plain(message: str) -> str:
    """DuckDB's message as a sentence: without its kind, its drawing of the line and what one should set."""
    first = re.split(r"\n\s*\n|\nLINE |\n\s*Candidate functions", message, maxsplit=1)[0]
    first = re.sub(r"^(Parser|Binder|Catalog|Syntax|Not implemented) Error: ", "", first)
    first = " ".join(first.split()).rstrip(".")
    return (first[:1].upper() + first[1:])[:400] + "."
