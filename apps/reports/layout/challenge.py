"""A validation's report: what was challenged, what was found, what was concluded, and who signed it."""

from itertools import groupby
from typing import Any

from apps.core.templatetags.format import whole
from apps.reports.layout.blocks import Notice, Section, Table, Text, Verbatim, cells, columns, facts
from apps.reports.layout.figures import worded
from apps.reports.layout.people import signature

TONES = {"fit": "good", "not_fit": "bad"}


def sections(said: dict[str, Any]) -> list[Section]:
    """The sections of a report (apps.reports.content.challenge), in reading order."""
    return [_conclusion(said), _questions(said), _findings(said), _signed(said)]


def _conclusion(said: dict[str, Any]) -> Section:
    signed = said["report"]
    rows = [
        ("Version", signed["version"]),
        ("Tier", signed["tier"]),
        ("Kind", said["sort_name"]),
        ("Asked for because", said["reason"]),
        ("Model file (sha256)", said["artifact_sha256"]),
        ("Scope", signed["scope"]),
    ]
    notice = Notice(f"{said['conclusion_name']}: {signed['summary']}", TONES.get(signed["conclusion"], "warn"))
    return Section("conclusion", "Scope and conclusion", [notice, facts("What was validated", rows)])


def _questions(said: dict[str, Any]) -> Section:
    """Each question with its answer and how the validator judged it, under the element of challenge it belongs to."""
    groups = groupby(said["report"]["questions"], lambda asked: said["sections"].get(asked["key"], "Other questions"))
    head = columns("Question", "Answer", "Assessment")
    blocks = [Table(title, head, [_question(asked) for asked in questions]) for title, questions in groups]
    return Section("challenge", "Challenge", blocks)


def _question(asked: dict[str, Any]) -> Any:
    return cells(asked["text"], asked.get("answer", ""), worded(asked.get("assessment", "")))


def _findings(said: dict[str, Any]) -> Section:
    found = said["report"]["findings"]
    if not found:
        return Section("findings", "Findings", [Text("There was none about this model or version.")])
    rows = [
        cells(
            f"{one['reference']}: {said['findings'].get(one['reference'], '')}",
            worded(one["severity"]),
            worded(one["status"]),
        )
        for one in found
    ]
    head = columns("Finding", "Severity", "Status")
    return Section("findings", "Findings", [Table("As they stood when the report was signed", head, rows)])


def _signed(said: dict[str, Any]) -> Section:
    sealed = said["checkpoint"]
    blocks: list[Any] = [
        signature(said["signature"], "Concluded and signed"),
        Text(
            "The record is the attached report.json: its sha256 is the record's digest, to the last byte. Rendered "
            "again, this document has the same bytes."
        ),
    ]
    if sealed is None:
        blocks.append(Notice("The ledger has not been sealed since; this is a preview.", "warn"))
    else:
        told = f"The conclusion is among the first {whole(sealed['size'])} events of the ledger, sealed by this note."
        blocks += [Text(told), Verbatim(sealed["note"], "The signed note")]
    return Section("signature", "Signature", blocks)
