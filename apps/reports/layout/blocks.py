"""What a section is made of. Every text here is plain; the renderers escape it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    items: Sequence[str]
    kind: ClassVar[str] = "points"


@dataclass(frozen=True)
class Heading:
    """A heading below the section's own."""

    text: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Notice:
    """Something that must not be overlooked. tone: good, warn, bad or info."""

    text: str
    tone: str = "info"
    kind: ClassVar[str] = "notice"


@dataclass(frozen=True)
class Facts:
    """Names and what they are, under a title that says whose they are."""

    title: str
    rows: Sequence[tuple[str, str]]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Column:
    """A column of a table; figures stand to the right."""

    label: str
    figures: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell: what it says, and in small type what it rests on (its interval and n). flag: warn, bad or ""."""

    text: str
    small: str = ""
    flag: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under a caption; the first cell of each row names it."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    shape: str = ""  # on paper: "narrow" has many rows of short cells, "prose" has sentences
    kind: ClassVar[str] = "table"

    @property
    def cells(self) -> list[list[tuple[Column, Cell]]]:
        """Each row's cells with their columns."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Chart:
    """A drawing whose figures stand in a table after it."""

    svg: SafeString
    caption: str
    kind: ClassVar[str] = "chart"

    @property
    def shape(self) -> str:
        """On paper: "square" takes half the page's width, "several" may go on over the page."""
        return "square" if "chart-square" in self.svg else "several" if 'class="multiples"' in self.svg else ""


@dataclass(frozen=True)
class Verbatim:
    """A text of which every character counts."""

    text: str
    title: str
    kind: ClassVar[str] = "verbatim"


Block = Text | Points | Heading | Notice | Facts | Table | Chart | Verbatim


@dataclass(frozen=True)
class Section:
    """One part of a document, with its anchor."""

    id: str
    title: str
    blocks: list[Any] = field(default_factory=list)


def facts(title: str, rows: Iterable[tuple[str, Any]]) -> Facts:
    """Facts without those that are not known."""
    return Facts(title, [(name, str(value)) for name, value in rows if value not in (None, "", [])])


def columns(*labels: str, figures: Sequence[str] = ()) -> list[Column]:
    return [Column(label, label in figures) for label in labels]


def cells(*texts: Any) -> list[Cell]:
    return [text if isinstance(text, Cell) else Cell(str(text)) for text in texts]
