"""A card as sections of blocks: what it says in order, before it is Markdown, a page or a PDF.

Each number is written here once, so that the three can't differ.
"""

from typing import Any

from apps.reports.layout import about, evidence, people, watching
from apps.reports.layout.blocks import Section

__all__ = ["Section", "sections"]


def sections(card: dict[str, Any]) -> list[Section]:
    """The sections of a card (apps.reports.content.card), in reading order."""
    return [
        about.purpose(card),
        about.uses(card),
        about.data(card),
        about.method(card),
        evidence.verdict(card),
        evidence.performance(card),
        evidence.fairness(card),
        evidence.explanation(card),
        evidence.robustness(card),
        people.validation(card),
        people.approvals(card),
        watching.monitoring(card),
        evidence.definitions(card),
        people.ledger(card),
    ]
