"""A card as Markdown: plain enough to be read as it is, and safe to be rendered whatever people typed."""

import re
from typing import Any

from apps.core.templatetags.format import whole
from apps.reports.layout import sections
from apps.reports.layout.blocks import Cell, Facts, Heading, Notice, Points, Table, Text, Verbatim
from apps.reports.layout.figures import when

MARKS = re.compile(r"([\\`*<>|~&]|\](?=[(\[:])|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z]))")
AT_LINE_START = re.compile(r"^([#+=-]|\d+(?=[.)]))")
SIGNS = {"good": "✓", "warn": "!", "bad": "✗", "info": "i"}


def escaped(text: Any) -> str:
    """`text` as part of one line that no Markdown reader takes for markup, links or HTML."""
    return MARKS.sub(r"\\\1", " ".join(str(text).split())).replace("://", ":\\//")


def begun(text: Any) -> str:
    """`text` where a line begins with it: neither a heading, a list nor a rule."""
    return AT_LINE_START.sub(lambda found: _kept(found[1]), escaped(text))


def _kept(start: str) -> str:
    return f"{start}\\" if start.isdigit() else f"\\{start}"


def markdown(card: dict[str, Any]) -> str:
    """The whole card as CommonMark with tables."""
    standing, checkpoint = card["standing"], card["checkpoint"]
    sealed = f"the ledger's first {whole(checkpoint['size'])} events" if checkpoint else "not sealed yet"
    parts = [
        f"# Model card: {escaped(card['title'])}",
        f"**{'Approved' if standing['approved'] else 'NOT APPROVED'}.** {escaped(standing['sentence'])}",
        f"{escaped(card['reference'])}, as of {when(card['as_of'])}, {sealed}.",
    ]
    for section in sections(card):
        parts += [f"## {section.title}", *filter(None, map(_block, section.blocks))]
    return "\n\n".join(parts) + "\n"


def _block(block: Any) -> str:
    writers = {
        "text": _text,
        "points": _points,
        "heading": _heading,
        "notice": _notice,
        "facts": _facts,
        "table": _table,
        "verbatim": _verbatim,
    }
    writer = writers.get(block.kind)
    return writer(block) if writer else ""  # a chart's figures stand in the table after it


def _text(block: Text) -> str:
    return begun(block.text)


def _points(block: Points) -> str:
    return "\n".join(f"- {begun(item)}" for item in block.items)


def _heading(block: Heading) -> str:
    return f"### {escaped(block.text)}"


def _notice(block: Notice) -> str:
    return f"> {SIGNS[block.tone]} {escaped(block.text)}"


def _facts(block: Facts) -> str:
    lines = [f"| {escaped(name)} | {escaped(value)} |" for name, value in block.rows]
    return "\n".join([f"| {escaped(block.title)} | |", "| --- | --- |", *lines])


def _table(block: Table) -> str:
    head = " | ".join(escaped(column.label) for column in block.columns)
    rule = " | ".join("---:" if column.figures else "---" for column in block.columns)
    lines = [f"| {' | '.join(map(_cell, row))} |" for row in block.rows]
    note = f"\n\n{begun(block.note)}" if block.note else ""
    return "\n".join([f"**{escaped(block.caption)}**", "", f"| {head} |", f"| {rule} |", *lines]) + note


def _cell(cell: Cell) -> str:
    return escaped(f"{cell.text} ({cell.small})" if cell.small else cell.text)


def _verbatim(block: Verbatim) -> str:
    """Indented, which no text inside can end."""
    lines = "\n".join(f"    {line}".rstrip() for line in block.text.splitlines())
    return f"{begun(block.title)}:\n\n{lines}"
