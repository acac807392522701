"""Run every test on SQLite, then those marked `both` on PostgreSQL; end with one line that adds them up.

Arguments are handed on to pytest. A run in which nothing was tested is a failure, whatever pytest thinks of it.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "var" / "tests"
RUNS = {"sqlite": [], "postgres": ["-m", "both"]}
NOTHING_COLLECTED = 5


def main(arguments: list[str]) -> int:
    REPORTS.mkdir(parents=True, exist_ok=True)
    began, sums, broken = time.monotonic(), {"passed": 0, "failed": 0, "skipped": 0}, False
    for database, selection in RUNS.items():
        sys.stdout.write(f"\n{database}\n")
        sys.stdout.flush()
        report = REPORTS / f"{database}.xml"
        report.unlink(missing_ok=True)
        code = pytest(database, report, [*selection, *arguments])
        broken = broken or code not in (0, 1, NOTHING_COLLECTED)
        for name, count in counts(report).items():
            sums[name] += count
    said = ", ".join(f"{count} {name}" for name, count in sums.items() if count or name != "skipped")
    sys.stdout.write(f"{said} in {time.monotonic() - began:.0f}s\n")
    return 1 if broken or sums["failed"] or not sums["passed"] else 0


def pytest(database: str, report: Path, arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", f"--junitxml={report}", *arguments]
    environment = {**os.environ, "DATABASE": database, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # dozens of processes would each compile the same sources again
    return subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode


def counts(report: Path) -> dict[str, int]:
    if not report.exists():
        return {}
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return {"passed": max(total - failed - skipped, 0), "failed": failed, "skipped": skipped}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
