"""A gate's answer as Markdown: what the author of a pull request reads in the summary of the run."""

from __future__ import annotations

import re
from typing import Any

from quaestor_client.outputs.table import WORDS, result, whom
from quaestor_client.showing import clean, interval, number, threshold

SIGNS = {"passed": "✅", "passed_near_limit": "⚠️", "inconclusive": "❌", "unavailable": "❌", "failed": "❌"}
HEAD = "| | Gate | Value | Limit | Result |\n| --- | --- | ---: | ---: | --- |"
MARKS = re.compile(r"([\\`*_\[\]<>|~#@])")


def text(check: dict[str, Any]) -> str:
    """The outcome, the gates, and the reasons of those that don't simply pass."""
    word = WORDS.get(check["outcome"], (check["outcome"], ""))[0].lower()
    lines = [
        f"## {_sign(check['outcome'])} {_plain(check['version'])}: {word}",
        "",
        f"By [{_plain(check['policy'])}]({check['policy_page']}) on {_evidence(check)}.",
        "",
        HEAD,
        *(_row(gate) for gate in check["gates"]),
        "",
    ]
    told = [gate for gate in check["gates"] if gate["outcome"] != "passed"]
    lines += [f"- **{_plain(gate['name'])}**: {_plain(gate['reason'])}{_because(gate)}" for gate in told]
    lines += [f"- {_plain(note)}" for note in check["notes"]]
    lines += ["", f"[{_plain(check.get('reference') or 'The version')} in Quaestor]({check['page']})", ""]
    return "\n".join(lines) + "\n"


def _row(gate: dict[str, Any]) -> str:
    about, spread = whom(gate["select"]), interval(gate["low"], gate["high"])
    name = _plain(gate["name"]) + (f"<br>{_plain(about)}" if about else "")
    rows = "" if gate["n"] is None else f"n = {gate['n']:,}"
    value = "<br>".join(filter(None, [f"**{number(gate['value'])}**", f"{_plain(spread)} {rows}".strip()]))
    sign = "⚠️" if gate["outcome"] != "passed" and _aside(gate) else _sign(gate["outcome"])
    return f"| {sign} | {name} | {value} | {_limit(gate)} | {_plain(result(gate).lower())} |"


def _aside(gate: dict[str, Any]) -> bool:
    return gate["severity"] == "warn" or bool(gate.get("exception"))


def _limit(gate: dict[str, Any]) -> str:
    return threshold(gate["limit"]).replace(">=", "≥").replace("<=", "≤")


def _evidence(check: dict[str, Any]) -> str:
    if not check.get("evaluation"):
        return "no evaluation"
    return _plain(check["evaluation"]) + (", a dry run" if check.get("dry_run") else "")


def _because(gate: dict[str, Any]) -> str:
    return f" *{_plain(gate['because'])}*" if gate.get("because") else ""


def _sign(outcome: str) -> str:
    return SIGNS.get(outcome, "❌")


def _plain(words: Any) -> str:
    """Words of the policy's author, as words: no markup, no mention of anybody, no cell that ends early."""
    return MARKS.sub(r"\\\1", clean(words)).replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\@", "&#64;")
