"""A gate's answer as JUnit XML, which CI servers show as tests: a gate is a test case.

A gate that failed is a failure; one that could not be judged, for want of evidence or of rows, is an error. What
warns only, or is covered by an exception, is skipped with its reason, because it does not decide.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as Tree

from quaestor_client.outputs.table import whom
from quaestor_client.showing import interval, number, threshold

FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PASSES = ("passed", "passed_near_limit")


def text(check: dict[str, Any]) -> str:
    """The whole document."""
    cases = [_case(check, gate) for gate in check["gates"]]
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": "0",
    }
    suites = Tree.Element("testsuites", {"name": "quaestor gate", **counts})
    suite = Tree.SubElement(
        suites, "testsuite", {"name": _kept(f"{check['version']} by {check['policy']}"), **counts}
    )
    if check.get("checked_at"):
        suite.set("timestamp", check["checked_at"][:19])
    properties = Tree.SubElement(suite, "properties")
    for name in ("outcome", "policy", "evaluation", "reference", "digest", "commit", "page"):
        if check.get(name):
            Tree.SubElement(properties, "property", {"name": name, "value": _kept(str(check[name]))})
    suite.extend(cases)
    Tree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(suites, encoding="unicode") + "\n"


def _case(check: dict[str, Any], gate: dict[str, Any]) -> Tree.Element:
    about = whom(gate["select"])
    name = f"{gate['name']} ({about})" if about else gate["name"]
    case = Tree.Element("testcase", {"name": _kept(name), "classname": _kept(check["version"]), "time": "0"})
    reason = _kept(gate["reason"])
    if gate["outcome"] not in PASSES:
        kind = _kind(gate)
        said = Tree.SubElement(case, kind, {"message": reason if kind != "skipped" else _kept(_aside(gate))})
        if kind != "skipped":
            said.set("type", gate["outcome"])
            said.text = _kept(f"{_figures(gate)}\n{gate.get('because') or ''}\n{check['page']}".replace("\n\n", "\n"))
    Tree.SubElement(case, "system-out").text = _kept(f"{gate['outcome']}: {gate['reason']}")
    return case


def _kind(gate: dict[str, Any]) -> str:
    if gate["severity"] == "warn" or gate.get("exception"):
        return "skipped"
    return "failure" if gate["outcome"] == "failed" and gate["value"] is not None else "error"


def _aside(gate: dict[str, Any]) -> str:
    if gate.get("exception"):
        return f"{gate['outcome']}, covered by {gate['exception']}: {gate['reason']}"
    return f"{gate['outcome']}, warns only: {gate['reason']}"


def _figures(gate: dict[str, Any]) -> str:
    spread = interval(gate["low"], gate["high"])
    rows = "" if gate["n"] is None else f", n = {gate['n']:,}"
    value = f"{gate['measure']} {number(gate['value'])}{f' {spread}' if spread else ''}"
    return f"{value}{rows}; limit {threshold(gate['limit'])}"


def _kept(words: str) -> str:
    """Without what XML 1.0 can't hold."""
    return FORBIDDEN.sub("", words)
