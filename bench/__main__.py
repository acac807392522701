"""Every benchmark, one after another, each in a process of its own: `python -m bench [name …]`.

They print their ratios side by side in one run; nothing here passes or fails by a clock, only by wrong numbers or
a benchmark that could not run.
"""

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ORDER = ("ledger", "fairness", "digest", "lists", "contracts", "start", "size")
LIMIT_SECONDS = 150


def main(names: list[str]) -> int:
    """0 where every benchmark ran and its numbers were right."""
    unknown = sorted(set(names) - set(ORDER))
    if unknown:
        sys.stderr.write(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(ORDER)}.\n")
        return 2
    failed = [name for name in names or ORDER if not ran(name)]
    if failed:
        sys.stdout.write(f"\nnot measured: {', '.join(failed)}\n")
    return 1 if failed else 0


def ran(name: str) -> bool:
    sys.stdout.write(f"\n{name}\n")
    sys.stdout.flush()
    started = time.monotonic()
    try:
        code = subprocess.run([sys.executable, HERE / f"{name}.py"], timeout=LIMIT_SECONDS, check=False).returncode
    except subprocess.TimeoutExpired:
        sys.stdout.write(f"  stopped after {LIMIT_SECONDS} s\n")
        return False
    sys.stdout.write(f"  ({time.monotonic() - started:.0f} s)\n")
    return code == 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
