"""YAML that people type, read so that every complaint can point at a line.

Only plain data: no anchors (and so no bombs), no tags, no duplicate keys. Words follow YAML 1.2's core schema, so
`no` is a word and `1:30` is not a number of minutes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 50_000

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    """One thing to mend. `line` and `column` count from 1; `field` is "gates[2].limit", "" for the whole."""

    line: int
    column: int
    field: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        return {"line": self.line, "column": self.column, "field": self.field, "message": self.message}


class Unreadable(ValueError):
    """The text can't be used; `problems` says where and why, in the order of lines."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = sorted(problems, key=lambda p: (p.line, p.column, p.field))
        super().__init__(" ".join(f"Line {p.line}: {p.message}" for p in self.problems))


@dataclass
class Text:
    """What a text says, and where each part of it stands: `spots` maps a path to (line, column), from 1.

    `blocks` are the paths of texts written as a block (|), which keep their lines and begin on the next one.
    """

    data: Any
    spots: dict[Path, tuple[int, int]]
    blocks: set[Path] = field(default_factory=set)

    def spot(self, path: Path) -> tuple[int, int]:
        """Where `path` stands, or the nearest thing around it that is there."""
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots.get(path, (1, 1))


def named(path: Path) -> str:
    """("gates", 2, "limit") as "gates[2].limit"."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return shown.removeprefix(".")


def read_text(source: str | bytes, what: str = "policy") -> Text:
    """Read one YAML (or JSON, which is YAML) document into plain data with places.

    Args:
        what: what it is called in sentences.

    Raises:
        Unreadable: it isn't UTF-8 or YAML, is too big or too deep, or uses what is not allowed here.
    """
    return _Builder(what).build(_events(_decoded(source, what)))


def _decoded(source: str | bytes, what: str) -> str:
    size = len(source.encode("utf-8", "surrogatepass")) if isinstance(source, str) else len(source)
    if size > MAX_BYTES:
        raise Unreadable(Problem(1, 1, "", f"A {what} is at most 1 MB; this has {size:,} bytes."))
    try:
        text = source if isinstance(source, str) else source.decode("utf-8-sig")
        text.encode()
    except UnicodeError:
        raise Unreadable(Problem(1, 1, "", "This isn't UTF-8 text. Save it as UTF-8 and send it again.")) from None
    for number, line in enumerate(text.split("\n"), 1):
        unprintable = yaml.reader.Reader.NON_PRINTABLE.search(line)
        if unprintable:
            message = f"The character U+{ord(unprintable[0]):04X} has no place in a text. Remove it."
            raise Unreadable(Problem(number, unprintable.start() + 1, "", message))
    return text


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = (error.problem or error.context or "it can't be read").rstrip(".")
        raise Unreadable(Problem(line, column, "", f"This isn't YAML: {said}.")) from None
    except yaml.YAMLError as error:
        raise Unreadable(Problem(1, 1, "", f"This isn't YAML: {error}.")) from None


@dataclass
class _Open:
    """A mapping or list whose end hasn't come yet."""

    value: Any
    path: Path
    key: str | None = None


@dataclass
class _Builder:
    """Builds data from parser events with a stack of its own, so that depth and size are bounded before memory is."""

    what: str
    spots: dict[Path, tuple[int, int]] = field(default_factory=dict)
    blocks: set[Path] = field(default_factory=set)
    open: list[_Open] = field(default_factory=list)
    nodes: int = 0
    documents: int = 0
    data: Any = None

    def build(self, events: Iterator[Any]) -> Text:
        for event in events:
            self._take(event)
        if self.data is None:
            raise Unreadable(Problem(1, 1, "", f"There is nothing here yet. Write the {self.what} as YAML."))
        return Text(self.data, self.spots, self.blocks)

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self._no(event, "Only one document can stand in a text. Remove what follows the second ---.")
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._refuse_cleverness(event)
            self._node(event)

    def _refuse_cleverness(self, event: Any) -> None:
        if event.anchor is not None:
            raise self._no(event, "Anchors and aliases (& and *) aren't allowed. Write the value out.")
        if event.tag is not None and event.tag != "!":
            raise self._no(event, f"Tags (!) aren't allowed. A {self.what} is plain text, numbers and lists.")
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self._no(event, f"This has more than {MAX_NODES:,} values, which no {self.what} needs.")

    def _node(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            if self._expects_key():
                self._name_key(event)
            else:
                path = self._place(event, _meaning(event))
                if event.style == "|":
                    self.blocks.add(path)
            return
        if self._expects_key():
            raise self._no(event, "A name before a colon is plain text, not a list or mapping.")
        if len(self.open) >= MAX_DEPTH:
            raise self._no(event, f"This is nested deeper than {MAX_DEPTH} levels, which no {self.what} needs.")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.open.append(_Open(value, self._place(event, value)))

    def _expects_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.open[-1].key is None

    def _name_key(self, event: Any) -> None:
        inside = self.open[-1]
        path = (*inside.path, event.value)
        if event.value in inside.value:
            line = self.spots[path][0]
            raise self._no(event, f"“{event.value}” stands here twice; the first is on line {line}.", path)
        inside.key = event.value
        self._mark(path, event)

    def _place(self, event: Any, value: Any) -> Path:
        """Put `value` where the reading has come to, and answer its path."""
        path: Path = ()
        if not self.open:
            self.data = value
            self._mark(path, event)
        elif isinstance(self.open[-1].value, dict):
            inside = self.open[-1]
            path = (*inside.path, str(inside.key))
            inside.value[inside.key], inside.key = value, None
        else:
            inside = self.open[-1]
            path = (*inside.path, len(inside.value))
            inside.value.append(value)
            self._mark(path, event)
        return path

    def _mark(self, path: Path, event: Any) -> None:
        self.spots[path] = (event.start_mark.line + 1, event.start_mark.column + 1)

    def _no(self, event: Any, message: str, path: Path | None = None) -> Unreadable:
        at = path if path is not None else (self.open[-1].path if self.open else ())
        return Unreadable(Problem(event.start_mark.line + 1, event.start_mark.column + 1, named(at), message))


def _meaning(event: Any) -> Any:
    """A scalar's value: quoted and block text is text, plain text is what YAML 1.2's core schema says."""
    word = event.value
    if not event.implicit[0]:
        return word
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.fullmatch(word) and len(word) <= 40:
        return int(word)
    if _NUMBER.fullmatch(word) and len(word) <= 40:
        return float(word)
    return word
