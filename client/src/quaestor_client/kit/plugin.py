"""The pytest plugin: markers, the fixture `quaestor`, a report of what was tested, and its upload as evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quaestor_client.kit import contracts as _contracts
from quaestor_client.kit.behaviour import directional, invariance, minimum_functionality
from quaestor_client.kit.outcome import KINDS, Outcome
from quaestor_client.kit.report import Report

SAID = "quaestor"
MARKERS = {
    "data_contract": "a table keeps its contract",
    "minimum_functionality": "the model is right where the answer is known",
    "invariance": "what must not matter does not",
    "directional": "what must push the answer one way does",
}


class Kit:
    """The fixture `quaestor`: a call tests, keeps its counts for the report, and fails where it has to."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def contract(self, rows: Any, said: Any, **options: Any) -> Outcome:
        """See `kit.contract`."""
        return self._kept("data_contract", _contracts.contract, rows, said, **options)

    def minimum_functionality(self, model: Any, cases: Any, expected: Any, **options: Any) -> Outcome:
        """See `kit.minimum_functionality`."""
        return self._kept("minimum_functionality", minimum_functionality, model, cases, expected, **options)

    def invariance(self, model: Any, rows: Any, change: Any, **options: Any) -> Outcome:
        """See `kit.invariance`."""
        return self._kept("invariance", invariance, model, rows, change, **options)

    def directional(self, model: Any, rows: Any, change: Any, direction: str, **options: Any) -> Outcome:
        """See `kit.directional`."""
        return self._kept("directional", directional, model, rows, change, direction, **options)

    def _kept(self, kind: str, test: Any, *given: Any, **options: Any) -> Outcome:
        _keep(self._item, {"kind": kind})  # also where nothing comes of it
        outcome: Outcome = test(*given, **{"about": self._item.name, **options})
        _keep(self._item, {"kind": kind, "figures": outcome.figures(), "sentence": outcome.sentence})
        return outcome.required()


def _keep(item: pytest.Item, said: dict[str, Any]) -> None:
    """Travels with the test's report, also from another process of pytest-xdist's."""
    item.user_properties.append((SAID, json.dumps(said)))


@pytest.fixture
def quaestor(request: pytest.FixtureRequest) -> Kit:
    """Data contracts, minimum functionality, invariance, direction; what they count goes into the report."""
    return Kit(request.node)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("quaestor", "tests of data and models, as evidence on a version")
    group.addoption("--quaestor-report", type=Path, metavar="FILE", help="write what was tested as JSON")
    group.addoption(
        "--quaestor-version",
        metavar="MDL-0001@1.2.0",
        help="upload it as evidence on this version (QUAESTOR_URL, QUAESTOR_TOKEN); a failed upload fails the run",
    )
    group.addoption("--quaestor-all", action="store_true", help="tests of no kind of the kit's, too")


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning} (quaestor)")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(config), "quaestor-reporter")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    kind = next((name for name in KINDS if item.get_closest_marker(name)), None)
    if kind is not None:
        _keep(item, {"kind": kind})
    yield


class Reporter:
    """Collects what tests came out as, in the process that the person looks at; writes and uploads it at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._report = Report(every=bool(config.getoption("--quaestor-all")))
        self._to: Path | None = config.getoption("--quaestor-report")
        self._version: str | None = config.getoption("--quaestor-version")
        self._told: list[tuple[str, bool]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        said = [json.loads(str(value)) for name, value in report.user_properties if name == SAID]
        self._report.take(report, [one for one in said if isinstance(one, dict)])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if session.config.getoption("collectonly", False):
            return
        if self._to is not None:
            self._to.parent.mkdir(parents=True, exist_ok=True)
            self._to.write_text(json.dumps(self._report.body(), indent=2) + "\n", encoding="utf-8")
            self._told.append((f"Written to {self._to}.", True))
        if self._version:
            done, sentence = self._report.upload(self._version)
            self._told.append((sentence, done))
            if not done and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        counts = self._report.counts()
        if not counts and not self._told:
            return
        terminalreporter.section("quaestor")
        for kind, outcomes in counts.items():
            told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
            terminalreporter.line(f"{kind.replace('_', ' ')}: {told}")
        for sentence, good in self._told:
            terminalreporter.line(sentence, red=not good)
