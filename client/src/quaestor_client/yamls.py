"""The YAML that people write by hand, read without a library: mappings, lists, texts, numbers.

It is less than YAML on purpose. Anchors, aliases, tags and several documents in one file are refused by line, so that
a file means what it shows, and none unfolds to more than it holds. A date stays the text it is; yes, no, on and off
have to be quoted or written as true and false, because YAML 1.1 and 1.2 differ about them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

DEEPEST = 50
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
REAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
UNCLEAR = re.compile(r"(?i)yes|no|on|off|[-+]?0[0-9]+|[-+]?0[box][0-9a-f_]+|[-+]?[0-9]+(_[0-9]+)+|[-+]?\.(inf|nan)")
ODD = re.compile(r"[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")
_NAME = r"(?:[^#:]|:(?=[^ ])|(?<=[^ ])#)*?"  # of a plain name, after its first sign
KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^ #"'\[\]{},&*!|>%@`?-]"""
    rf"""{_NAME}|-(?=[^ ]){_NAME}) *:(?= |$)"""
)
NOT_CLOSED = "a quotation mark closes on its own line, and nothing follows it."
QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""")
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/", "0": "\0", "r": "\r", "b": "\b", "f": "\f"}


class Unreadable(ValueError):
    """It isn't YAML, or is more of it than is read here; the sentence begins with the line."""


@dataclass(frozen=True)
class Line:
    number: int
    indent: int
    text: str  # without its indent, and without a comment unless it is inside a block of text

    def wrong(self, why: str) -> Unreadable:
        return Unreadable(f"line {self.number}: {why}")


def load(text: str) -> Any:
    """The value that `text` spells.

    Raises:
        Unreadable: with the line.
    """
    if (odd := ODD.search(text)) is not None:
        number = text.count("\n", 0, odd.start()) + 1
        raise Unreadable(
            f"line {number}: U+{ord(odd.group()):04X} can't stand here; write it as an escape in quotes."
        )
    return _Reader(re.split(r"\r\n|\n|\r", text)).document()


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.raw = lines
        self.at = 0
        self.begun = False

    def document(self) -> Any:
        first = self.peek()
        self.begun = True
        if first is not None and first.text == "---" and first.indent == 0:
            self.at += 1
        first = self.peek()
        if first is None:
            return None
        value = self.node(first, 0)
        rest = self.peek()
        if rest is not None:
            raise rest.wrong("it does not belong to what stands before it.")
        return value

    def peek(self) -> Line | None:
        """The next line that says something."""
        while self.at < len(self.raw):
            line = self._line(self.at)
            if line.text:
                return line
            self.at += 1
        return None

    def node(self, line: Line, depth: int) -> Any:
        """The block that begins at `line`."""
        if depth > DEEPEST:
            raise line.wrong(f"it is nested more than {DEEPEST} deep.")
        if line.text == "-" or line.text.startswith("- "):
            return self.sequence(line.indent, depth)
        if KEY.match(line.text):
            return self.mapping(line.indent, depth)
        self.at += 1
        return self.inline(line, line.text, max(line.indent - 1, 0))

    def mapping(self, indent: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (line := self.peek()) is not None and line.indent == indent:
            if line.text.startswith("- "):
                break
            match = KEY.match(line.text)
            if match is None:
                raise line.wrong("a name, a colon and a space are expected here.")
            name = _name(line, match.group(1))
            if name in found:
                raise line.wrong(f"“{name}” stands here twice.")
            self.at += 1
            found[name] = self.value(line, line.text[match.end() :].strip(" "), indent, depth, in_mapping=True)
        self._no_deeper(indent)
        return found

    def sequence(self, indent: int, depth: int) -> list[Any]:
        found: list[Any] = []
        while (line := self.peek()) is not None and line.indent == indent:
            if line.text != "-" and not line.text.startswith("- "):
                break
            rest = line.text[1:]
            inner = rest.strip(" ")
            if inner and (KEY.match(inner) or inner == "-" or inner.startswith("- ")):
                begins = indent + 1 + len(rest) - len(rest.lstrip(" "))
                self.raw[self.at] = " " * begins + self.raw[self.at][begins:]
                found.append(self.node(self._line(self.at), depth + 1))
            else:
                self.at += 1
                found.append(self.value(line, inner, indent, depth, in_mapping=False))
        self._no_deeper(indent)
        return found

    def value(self, line: Line, text: str, indent: int, depth: int, *, in_mapping: bool) -> Any:
        """What stands after a name or a dash: on the same line, or as a block below it."""
        if text:
            return self.inline(line, text, indent)
        below = self.peek()
        if below is None:
            return None
        listed = in_mapping and below.indent == indent and (below.text == "-" or below.text.startswith("- "))
        return self.node(below, depth + 1) if below.indent > indent or listed else None

    def inline(self, line: Line, text: str, indent: int) -> Any:
        if text[0] in "|>":
            return self.block_text(line, text, indent)
        if text[0] in "[{":
            return self.flow(line, text, indent)
        if text[0] in "\"'":
            return _quoted(line, self.whole(line, text, indent))
        return _plain(line, self.whole(line, text, indent))

    def flow(self, line: Line, text: str, indent: int) -> Any:
        scanner = _Flow(line, self.joined(line, text, indent))
        value = scanner.value(0)
        scanner.end()
        return value

    def joined(self, line: Line, text: str, indent: int) -> str:
        """`text` and the lines below it until every bracket is closed."""
        while not _is_balanced(line, text):
            below = self.peek()
            if below is None or below.indent <= indent:
                raise line.wrong("what begins here does not end.")
            text += f" {below.text}"
            self.at += 1
        return text

    def whole(self, line: Line, text: str, indent: int) -> str:
        """`text`, where no deeper line goes on with it."""
        below = self.peek()
        if below is not None and below.indent > indent:
            raise below.wrong(
                "it stands deeper than a value lets it. For a text of several lines write | or > before it."
            )
        return text

    def block_text(self, line: Line, head: str, indent: int) -> str:
        style = re.fullmatch(r"([|>])([-+]?)", head)
        if style is None:
            raise line.wrong("after | or > only - or + may stand.")
        first, deep = self.at, 0
        while self.at < len(self.raw):
            row = self.raw[self.at]
            stands = len(row) - len(row.lstrip(" "))
            if row.strip(" ") and stands <= indent:
                break
            deep = deep or stands
            begins_well = row.strip(" ") or (self.at > first and stands <= deep)
            if not begins_well or (row.strip(" ") and stands < deep):
                raise Unreadable(f"line {self.at + 1}: a text of several lines stands evenly below its | or >.")
            self.at += 1
        rows = [row[deep:] for row in self.raw[first : self.at]]
        at_end = self.at == len(self.raw)
        if style.group(1) == ">" and any(row[:1] in (" ", "\t") for row in rows):
            raise line.wrong("after > no line stands deeper than the others; use |.")
        text = _block(rows[:-1] if at_end and rows and not rows[-1] else rows, *style.groups())
        return text[:-1] if at_end and rows and rows[-1] and text.endswith("\n") else text

    def _line(self, at: int) -> Line:
        raw = self.raw[at].rstrip(" ")
        text = raw.lstrip(" ")
        line = Line(at + 1, len(raw) - len(text), _without_comment(text))
        if text.startswith("\t"):
            raise line.wrong("a tab can't indent; use spaces.")
        if (
            line.indent == 0
            and (line.text.startswith("%") or re.match(r"(---|\.\.\.)( |$)", line.text))
            and self.begun
        ):
            raise line.wrong("directives and further documents are not read here.")
        return line

    def _no_deeper(self, indent: int) -> None:
        line = self.peek()
        if line is not None and line.indent > indent:
            raise line.wrong("it stands deeper than what it follows.")


class _Flow:
    """A reader of [lists] and {mappings} on one line."""

    def __init__(self, line: Line, text: str) -> None:
        self.line, self.text, self.at = line, text, 0

    def value(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise self.line.wrong(f"it is nested more than {DEEPEST} deep.")
        sign = self._sign()
        if sign == "[":
            return self._list(depth)
        if sign == "{":
            return self._mapping(depth)
        return _quoted(self.line, self._quote()) if sign in ("'", '"') else _plain(self.line, self._word())

    def end(self) -> None:
        if self._sign():
            raise self.line.wrong(f"nothing is expected after the closing sign, but “{self.text[self.at :][:20]}”.")

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        while self._sign() != "]":
            found.append(self.value(depth + 1))
            self._comma("]")
        self.at += 1
        return found

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.at += 1
        while self._sign() != "}":
            quoted = self._sign() in ("'", '"')
            name = _quoted(self.line, self._quote()) if quoted else _name(self.line, self._word(until=":"))
            if self._sign() != ":":
                raise self.line.wrong(f"a colon is missing after “{name}”.")
            self.at += 1
            if name in found:
                raise self.line.wrong(f"“{name}” stands here twice.")
            found[name] = None if self._sign() in (",", "}") else self.value(depth + 1)
            self._comma("}")
        self.at += 1
        return found

    def _comma(self, closing: str) -> None:
        if self._sign() == ",":
            self.at += 1
        elif self._sign() != closing:
            raise self.line.wrong(f"a comma or {closing} is expected before “{self.text[self.at :][:20]}”.")

    def _sign(self) -> str:
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1
        return self.text[self.at : self.at + 1]

    def _quote(self) -> str:
        match = QUOTED.match(self.text, self.at)
        if match is None:
            raise self.line.wrong("a quotation mark does not close.")
        self.at = match.end()
        return match.group()

    def _word(self, until: str = "") -> str:
        begin = self.at
        while self.at < len(self.text) and self.text[self.at] not in ",[]{}":
            if self.text[self.at] == ":" and (
                until or self.text[self.at + 1 : self.at + 2] in ("", " ", ",", "]", "}")
            ):
                break
            self.at += 1
        word = self.text[begin : self.at].strip(" ")
        if not word:
            raise self.line.wrong("a value is missing.")
        return word


def _begins_plainly(line: Line, text: str) -> None:
    """Refuse what begins as no text without quotes does."""
    if text[0] in ",[]{}#&*!|>'\"%@`" or (text[0] in "?:-" and text[1:2] in ("", " ")):
        raise line.wrong(f"“{text[:20]}”: anchors, aliases, tags and the like are not read here. Quote a text.")


def _name(line: Line, text: str) -> str:
    if text[:1] in "\"'":
        return _quoted(line, text)
    _begins_plainly(line, text)
    if UNCLEAR.fullmatch(text) or REAL.fullmatch(text) or text.lower() in WORDS:
        raise line.wrong(f"quote the name “{text}”; unquoted it may be read as something else.")
    return text.strip(" ")


def _plain(line: Line, text: str) -> Any:
    """A value without quotes: a number, true, false, null, or a text."""
    _begins_plainly(line, text)
    if UNCLEAR.fullmatch(text):
        raise line.wrong(f"“{text}” may be read in two ways. Quote it if it is a text; else write true, false or 17.")
    if re.search(r":( |$)", text):
        raise line.wrong(f"“{text[:40]}” has a colon inside; quote it.")
    lowered = text.lower()
    if lowered in WORDS and text in (lowered, lowered.title(), lowered.upper()):
        return WORDS[lowered]
    if INTEGER.fullmatch(text):
        return int(text) if len(text) < 300 else text
    if REAL.fullmatch(text):
        return _real(line, text)
    return text


def _real(line: Line, text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise line.wrong(f"{text} is beyond the largest number.")
    return value


def _quoted(line: Line, text: str) -> str:
    """A value in quotes; double ones may hold escapes."""
    if text[0] == "'":
        if not re.fullmatch(r"'(?:[^']|'')*'", text):
            raise line.wrong(NOT_CLOSED)
        return text[1:-1].replace("''", "'")
    if not re.fullmatch(r'"(?:[^"\\]|\\.)*"', text):
        raise line.wrong(NOT_CLOSED)
    return re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", lambda found: _escaped(line, found.group(1)), text[1:-1])


def _escaped(line: Line, code: str) -> str:
    if len(code) > 1:
        return chr(int(code[1:], 16))
    if code not in ESCAPES:
        raise line.wrong(f"there is no escape \\{code}.")
    return ESCAPES[code]


def _block(rows: list[str], style: str, ending: str) -> str:
    """A text of several lines; | keeps its breaks, > makes one break a space; - and + say how it ends."""
    lines = list(rows)
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return "\n" * len(rows) if ending == "+" else ""
    text = "\n".join(lines)
    if style == ">":
        text = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
        text = re.sub(r"\n(\n+)", r"\1", text)
    return text + {"": "\n", "-": "", "+": "\n" * (len(rows) - len(lines) + 1)}[ending]


def _without_comment(text: str) -> str:
    """`text` up to a # that stands at its beginning or after a space, outside of quotes."""
    if "#" not in text:
        return text
    begin = _where_the_value_begins(text)
    flows = text[begin : begin + 1] in ("[", "{")
    place = 0
    while place < len(text):
        opens = place == begin or (flows and text[:place].rstrip(" ")[-1:] in ("[", "{", ",", ":"))
        quoted = QUOTED.match(text, place) if place == 0 or opens else None
        if quoted is not None:
            place = quoted.end()
            continue
        if text[place] == "#" and (place == 0 or text[place - 1] == " "):
            return text[:place].rstrip(" ")
        place += 1
    return text


def _where_the_value_begins(text: str) -> int:
    """The place after dashes and a name."""
    begin = re.match(r"(?:- +)*", text).end()  # type: ignore[union-attr]
    named = KEY.match(text, begin)
    return begin if named is None else named.end() + len(text[named.end() :]) - len(text[named.end() :].lstrip(" "))


def _is_balanced(line: Line, text: str) -> bool:
    bare = QUOTED.sub("", text)
    if re.search(r"""(?:^|[\[{,: ])["']""", bare):
        raise line.wrong(NOT_CLOSED)
    return sum(bare.count(sign) for sign in "[{") <= sum(bare.count(sign) for sign in "]}")
