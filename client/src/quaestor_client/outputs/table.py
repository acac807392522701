"""A verdict as a table for a terminal or a log."""

from __future__ import annotations

from typing import Any

from quaestor_client.showing import Paper, interval, number, threshold

WORDS = {
    "passed": ("passed", "good"),
    "passed_near_limit": ("passed, near limit", "warn"),
    "inconclusive": ("inconclusive", "bad"),
    "unavailable": ("unavailable", "bad"),
    "failed": ("FAILED", "bad"),
}


def write(paper: Paper, verdict: dict[str, Any]) -> None:
    """The outcome in a line, the gates as a table, and the reasons of those that don't simply pass."""
    word, tone = WORDS.get(verdict["outcome"], (verdict["outcome"], "bad"))
    paper.line(f"{verdict['version']}: {word}", tone)
    paper.line(_about(verdict), "muted")
    paper.line()
    gates = verdict["gates"]
    rows = [
        [
            gate["name"],
            whom(gate["select"]),
            number(gate["value"]),
            interval(gate["low"], gate["high"]),
            _n(gate),
            threshold(gate["limit"]),
            result(gate),
        ]
        for gate in gates
    ]
    paper.table(
        ["Gate", "Of", ">Value", "Interval", ">n", ">Limit", "Result"], rows, [tone_of(gate) for gate in gates]
    )
    told = [gate for gate in gates if gate["outcome"] != "passed"]
    if told:
        paper.line()
    for gate in told:
        paper.paragraph(f"{gate['name']}: {gate['reason']}", "  ")


def _about(verdict: dict[str, Any]) -> str:
    evidence = verdict.get("evaluation") or "no evaluation"
    dry = " (dry run)" if verdict.get("dry_run") else ""
    return f"by {verdict['policy']} on {evidence}{dry}"


def result(gate: dict[str, Any]) -> str:
    """A gate's outcome in words, with what keeps it from deciding."""
    word = WORDS.get(gate["outcome"], (gate["outcome"], ""))[0]
    if gate.get("exception"):
        return f"{word.lower()}, covered by {gate['exception']}"
    return f"{word.lower()}, warns only" if gate["severity"] == "warn" and gate["outcome"] != "passed" else word


def tone_of(gate: dict[str, Any]) -> str:
    if gate["outcome"] not in ("passed",) and (gate.get("exception") or gate["severity"] == "warn"):
        return "warn"
    return WORDS.get(gate["outcome"], ("", ""))[1]


def whom(said: dict[str, Any]) -> str:
    """Whose result it is, in a few words."""
    group = said.get("group") or {}
    parts = [", ".join(f"{column} {value}" for column, value in group.items()) or str(said.get("attribute") or "")]
    parts += [str(said[name]) for name in ("class", "slice") if said.get(name)]
    return " ".join(filter(None, parts))


def _n(gate: dict[str, Any]) -> str:
    return "–" if gate["n"] is None else f"{gate['n']:,}"
