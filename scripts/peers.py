"""Make the peers' virtual environments: the clients and tools that tests and benchmarks meet, each in one of its own.

    .venv/bin/python scripts/peers.py                    every peer, into .peers/<name>
    .venv/bin/python scripts/peers.py mlflow-3.17 feast  these
    .venv/bin/python scripts/peers.py --lock             write peers/<name>.lock anew from peers/<name>.in

None of them stands in our own environment: their requirements contradict ours and one another's. A peer that is made
already, from the lock as it is now, is left alone. A test whose peer isn't there says so and is skipped.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".peers"
LISTS = ROOT / "peers"
UV = ROOT / ".venv" / "bin" / "uv"
PYTHON = ROOT / ".venv" / "bin" / "python"
LOCK = ["pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate"]
OLDEST_PYTHON = "3.11"


class CannotGoOn(Exception):
    """Something only a person can mend; the message says how."""


def main(arguments: list[str]) -> int:
    named = [argument for argument in arguments if not argument.startswith("-")]
    try:
        for name in named or known():
            lock(name) if "--lock" in arguments else make(name)
    except CannotGoOn as reason:
        say(str(reason))
        return 1
    return 0


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def known() -> list[str]:
    """Every peer there is a list of requirements for."""
    return sorted(path.stem for path in LISTS.glob("*.in"))


def make(name: str) -> None:
    """Make one peer's environment, unless its stamp says that this very lock is in already."""
    if name not in known():
        raise CannotGoOn(f"There is no peer {name}. There are: {', '.join(known())}.")
    lock_file, place = LISTS / f"{name}.lock", PEERS / name
    digest = hashlib.sha256(lock_file.read_bytes()).hexdigest()
    stamp = place / ".installed"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"Making the peer {name} …")
    began = time.monotonic()
    uv("venv", "--quiet", "--clear", "--python", PYTHON, place)
    install = ["pip", "install", "--quiet", "--python", place / "bin" / "python", "--require-hashes"]
    uv(*install, "--compile-bytecode", "-r", lock_file)
    stamp.write_text(digest)
    say(f"Made {name} in {time.monotonic() - began:.0f} s; {megabytes(place):,} MB.")


def lock(name: str) -> None:
    """Write a peer's lock anew; without the address it came from, as all our locks."""
    wanted = LISTS / f"{name}.in"
    options = ["--no-emit-index-url", "--python-version", OLDEST_PYTHON, "-o", LISTS / f"{name}.lock"]
    uv(*LOCK, *options, wanted.relative_to(ROOT))


def uv(*arguments: object) -> None:
    if not UV.exists():
        raise CannotGoOn("uv is missing. Run `make venv-test` first.")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if subprocess.run([UV, *map(str, arguments)], cwd=ROOT, env=environment, check=False).returncode:
        raise CannotGoOn("That could not be made; what uv said is above.")


def megabytes(folder: Path) -> int:
    """What a folder's files take, a file with two names once."""
    if shutil.which("du") is None:
        return 0
    said = subprocess.run(["du", "-sm", folder], capture_output=True, text=True, check=False).stdout
    return int(said.split()[0]) if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
