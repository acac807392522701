"""A gate's answer as SARIF 2.1.0 (OASIS): a gate is a rule, and each that doesn't simply pass is a result.

What blocks is an error, what only warns a warning, what passes near its limit a note. What an exception covers is
suppressed, with the exception named. Fingerprints are of the version's model, the gate and whom it is about, so that
the same gate is the same alert from one run to the next.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

from quaestor_client import __version__
from quaestor_client.outputs.table import whom
from quaestor_client.surroundings import Surroundings

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
NEAR = "passed_near_limit"


def text(check: dict[str, Any], at: str, where: Surroundings) -> str:
    """The whole document.

    Args:
        at: the path of a file of the repository, which viewers show a result beside.
    """
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(check, at, where)]}, indent=2) + "\n"


def _run(check: dict[str, Any], at: str, where: Surroundings) -> dict[str, Any]:
    rules = _rules(check)
    places = {rule["id"]: place for place, rule in enumerate(rules)}
    told = [gate for gate in check["gates"] if gate["outcome"] != "passed"]
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "Quaestor gate",
                "version": __version__,
                "informationUri": check["policy_page"],
                "rules": rules,
            }
        },
        "automationDetails": {"id": f"quaestor/{check['version'].partition('@')[0]}/"},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(check, gate, at, places) for gate in told],
        "properties": {
            name: check.get(name) for name in ("version", "outcome", "policy", "evaluation", "digest", "page")
        },
    }
    if check.get("checked_at"):
        run["invocations"][0]["endTimeUtc"] = check["checked_at"]
    if where.repository and where.commit:
        run["versionControlProvenance"] = [_provenance(where)]
    return run


def _provenance(where: Surroundings) -> dict[str, str]:
    said = {"repositoryUri": where.repository, "revisionId": where.commit, "branch": where.branch}
    return {name: value for name, value in said.items() if value}


def _rules(check: dict[str, Any]) -> list[dict[str, Any]]:
    """One a gate, in the policy's order; a gate may have several lines, one a group."""
    rules: dict[str, dict[str, Any]] = {}
    for gate in check["gates"]:
        rule = {
            "id": _id(gate),
            "name": gate["name"],
            "shortDescription": {"text": gate["name"]},
            "fullDescription": {"text": gate.get("because") or f"A gate of {check['policy']} on {gate['measure']}."},
            "helpUri": check["policy_page"],
            "defaultConfiguration": {"level": "warning" if gate["severity"] == "warn" else "error"},
            "properties": {"tags": ["model-risk", gate["measure"]], "measure": gate["measure"]},
        }
        rules.setdefault(rule["id"], rule)
    return list(rules.values())


def _result(check: dict[str, Any], gate: dict[str, Any], at: str, places: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": _id(gate),
        "ruleIndex": places[_id(gate)],
        "kind": "fail",
        "level": _level(gate),
        "message": {"text": f"{check['version']}, {gate['name']}: {gate['reason']}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(at.replace("\\", "/")), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {"fullyQualifiedName": f"{check['version']}/{gate['name']}", "kind": "resource"}
                ],
            }
        ],
        "partialFingerprints": {"quaestorGate/v1": _fingerprint(check, gate)},
        "hostedViewerUri": check["page"],
        "properties": {
            name: gate[name]
            for name in ("measure", "value", "low", "high", "n", "limit", "margin", "outcome", "severity")
        },
    }
    if gate.get("exception"):
        covered = f"Covered by the approved exception {gate['exception']}."
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": covered}]
    return result


def _level(gate: dict[str, Any]) -> str:
    if gate["outcome"] == NEAR:
        return "note"
    return "warning" if gate["severity"] == "warn" else "error"


def _id(gate: dict[str, Any]) -> str:
    return re.sub(r"[^a-z0-9]+", "-", gate["name"].lower()).strip("-") or "gate"


def _fingerprint(check: dict[str, Any], gate: dict[str, Any]) -> str:
    about = "\n".join([check["version"].partition("@")[0], gate["name"], gate["measure"], whom(gate["select"])])
    return hashlib.sha256(about.encode()).hexdigest()[:32]
