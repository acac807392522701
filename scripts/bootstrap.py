"""Make a fresh machine ready: `.venv` with the locked packages, and Debian's libraries. Needs python3 alone.

    python3 scripts/bootstrap.py          what the product runs on
    python3 scripts/bootstrap.py --test   what its tests and checks need besides

Run again it does nothing, and is quick about it: a stamp in `.venv` names the lock that was installed.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST, NEWEST = (3, 11), (3, 13)
LIBRARIES = {  # what WeasyPrint loads, and the package that brings it
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class CannotGoOn(Exception):
    """Something only a person can mend; the message says how."""


def main(arguments: list[str]) -> int:
    with_tests = "--test" in arguments
    try:
        install_debian_packages(with_tests)
        make_venv()
        install("requirements-bootstrap.lock", pip_install)
        install("requirements-test.lock" if with_tests else "requirements.lock", uv_install)
    except CannotGoOn as reason:
        say(str(reason))
        return 1
    return 0


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def install_debian_packages(with_tests: bool) -> None:
    missing = [package for library, package in LIBRARIES.items() if not loads(library)]
    if with_tests and not any(map(shutil.which, BROWSERS)):
        missing.append("chromium")
    if missing:
        apt_install(missing, "The product draws its documents and tests its pages with them.")


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def apt_install(packages: list[str], why: str) -> None:
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if not shutil.which("apt-get"):
        raise CannotGoOn(f"Please install what Debian calls {', '.join(packages)}. {why}")
    if os.geteuid() != 0:
        raise CannotGoOn(f"Some Debian packages are missing. {why} Please run:\n    sudo {line}")
    say(f"Installing {', '.join(packages)} …")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], env=quiet, stdout=subprocess.DEVNULL, check=False)
    if subprocess.run(line.split(), env=quiet, stdout=subprocess.DEVNULL, check=False).returncode:
        raise CannotGoOn(f"apt-get could not install them. {why} Please run, and look at what it says:\n    {line}")


def make_venv() -> None:
    if runs(PYTHON, "-m", "pip", "--version"):
        return
    base = suitable_python()
    say(f"Making .venv with {base} …")
    if not runs(base, "-m", "venv", "--clear", str(VENV)):
        apt_install(["python3-venv"], "Python can't make virtual environments without it.")
        subprocess.run([base, "-m", "venv", "--clear", str(VENV)], check=True)


def suitable_python() -> str:
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    names = (f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))
    for path in filter(None, map(shutil.which, names)):
        return path
    raise CannotGoOn(
        f"Quaestor needs Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]};"
        f" this one is {sys.version_info[0]}.{sys.version_info[1]}."
    )


def runs(*command: object) -> bool:
    try:
        return subprocess.run(list(map(str, command)), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def install(lock_name: str, installer) -> None:
    """Install `lock_name` unless the stamp says that this very lock is in already."""
    lock = ROOT / lock_name
    stamp = VENV / f".installed-{lock_name}"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"Installing {lock_name} …")
    if not installer(lock):
        raise CannotGoOn(f"The packages in {lock_name} could not be installed; what pip said is above.")
    stamp.write_text(digest)


def pip_install(lock: Path) -> bool:
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", lock]
    return subprocess.run(command, check=False).returncode == 0


def uv_install(lock: Path) -> bool:
    """By uv, in seconds; where uv can't reach what pip is told to use, by pip, with the same hashes.

    Compiled, as pip does it: where Python may not keep bytecode, every process would compile everything again.
    """
    command = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "-r", lock]
    return runs(*command, "--compile-bytecode") or pip_install(lock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
