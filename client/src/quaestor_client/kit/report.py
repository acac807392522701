"""What was tested, as JSON: the same whether it is written to a file or uploaded, so that one can look before.

It holds names, kinds, outcomes and counts: of a failure of the kit's own it tells the counts and quotes no row. Of
any other error it holds the first line, which is what the test's author lets it say.
"""

from __future__ import annotations

import os
from typing import Any

from quaestor_client import __version__
from quaestor_client.errors import Ended
from quaestor_client.patience import Patience
from quaestor_client.surroundings import look

TOOL = f"quaestor-client {__version__}"
LONGEST_MESSAGE, LONGEST_NAME, MOST_TESTS = 300, 500, 2000
SECONDS = 120.0
ORDER = ("passed", "failed", "error", "skipped")


class Report:
    """Tests as they end.

    Args:
        every: whether tests of no kind of the kit's count, too.
    """

    def __init__(self, *, every: bool) -> None:
        self._every = every
        self._tests: dict[str, dict[str, Any]] = {}

    def take(self, report: Any, said: list[dict[str, Any]]) -> None:
        """One phase (setup, call, teardown) of one test."""
        kind = said[-1]["kind"] if said else None
        if kind is None and not self._every:
            return
        test = self._tests.setdefault(
            report.nodeid,
            {"name": report.nodeid[:LONGEST_NAME], "kind": "other", "outcome": "passed", "seconds": 0.0},
        )
        test["kind"] = kind or test["kind"]
        test["seconds"] = round(test["seconds"] + report.duration, 3)
        figures = [one["figures"] for one in said if "figures" in one]
        if figures:
            test["figures"] = _together(figures)
        outcome = _outcome(report)
        if ORDER.index(outcome) and test["outcome"] in ("passed", "skipped"):
            test["outcome"] = outcome
            test["message"] = _message(report, said)

    def body(self) -> dict[str, Any]:
        """What is written and what is uploaded."""
        where = look(os.environ)
        of_the_run = {"commit": where.commit, "branch": where.branch, "ci_url": where.ci_url}
        kept = {name: value for name, value in of_the_run.items() if value}
        return {"tool": TOOL, **kept, "tests": list(self._tests.values())}

    def counts(self) -> dict[str, dict[str, int]]:
        """How many of each kind came out how."""
        counts: dict[str, dict[str, int]] = {}
        for test in self._tests.values():
            outcomes = counts.setdefault(test["kind"], {})
            outcomes[test["outcome"]] = outcomes.get(test["outcome"], 0) + 1
        return counts

    def upload(self, version: str) -> tuple[bool, str]:
        """Whether the report is evidence on `version` now, and a sentence about it."""
        from quaestor_client.server import Server
        from quaestor_client.settings import from_environment

        if len(self._tests) > MOST_TESTS:
            return False, f"Not uploaded: a report has at most {MOST_TESTS:,} tests."
        if not self._tests:
            return False, "Not uploaded: no test of the kit ran. Mark some, or give --quaestor-all."
        try:
            server = Server(from_environment(os.environ), Patience(SECONDS))
            made = server.post(f"versions/{version}/test-reports/", self.body())
        except Ended as ended:
            return False, " ".join(("Not uploaded.", str(ended), *ended.details))
        return True, f"Uploaded as {made['reference']}: {server.page('test-reports/' + made['reference'] + '/')}"


def _outcome(report: Any) -> str:
    """As the report says it: what fails outside of the test's own call is an error."""
    if report.skipped:  # an expected failure is one of these
        return "skipped"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "passed"


def _message(report: Any, said: list[dict[str, Any]]) -> str:
    if report.skipped:
        reason = getattr(report, "wasxfail", None)
        told = f"expected to fail: {reason}" if reason is not None else _skipped(report)
    else:
        sentence = next((one["sentence"] for one in reversed(said) if "sentence" in one), "")
        crash = getattr(getattr(report.longrepr, "reprcrash", None), "message", "") or str(report.longrepr or "")
        told = sentence if crash.startswith(f"AssertionError: {sentence}") and sentence else crash.partition("\n")[0]
    printable = "".join(character for character in told if character.isprintable())
    return printable[:LONGEST_MESSAGE]


def _skipped(report: Any) -> str:
    """Why, without the word that pytest puts before it."""
    told = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    return told[len("Skipped: ") :] if told.startswith("Skipped: ") else told


def _together(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """A test that called the kit several times: its cases and failures added up."""
    whole = dict(figures[-1])
    whole["cases"] = sum(one["cases"] for one in figures)
    whole["failures"] = sum(one["failures"] for one in figures)
    return whole
