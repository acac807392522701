"""The libraries that steps run with: this installation's own, named by digest, and held against a lock.

The sandbox starts this installation's interpreter with its packages; it installs nothing. So a lock doesn't make an
environment here: it says which one a pipeline was written for, and whether it is this one is looked at before a
script starts.
"""

import hashlib
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from typing import Any

from packaging.markers import InvalidMarker, Marker

PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*([^\s;\\]+)\s*(?:;\s*(.*?))?\s*\\?$")
SHOWN = 5


@dataclass(frozen=True)
class Difference:
    """A package that the lock wants otherwise than it is here; `here` is "" where it isn't here at all."""

    name: str
    wanted: str
    here: str

    def __str__(self) -> str:
        return f"{self.name} {self.wanted} (here: {self.here or 'not installed'})"


@cache
def installed() -> dict[str, str]:
    """The version of every package of this process's environment, by its normal name."""
    found = {}
    for distribution in distributions():
        name = distribution.metadata["Name"]
        if name:
            found[_normal(name)] = distribution.version
    return found


@cache
def here() -> dict[str, Any]:
    """This environment as results name it: python, machine, and the sha256 of all packages' versions."""
    listed = "\n".join(f"{name}=={version}" for name, version in sorted(installed().items()))
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": len(installed()),
        "digest": hashlib.sha256(f"{platform.python_version()}\n{platform.machine()}\n{listed}".encode()).hexdigest(),
    }


def pins(lock: str) -> Iterator[tuple[str, str]]:
    """(name, version) of the lines of a requirements lock that concern this machine."""
    for line in lock.splitlines():
        pinned = PINNED.match(line.split(" --hash")[0].strip())
        if pinned and _concerns_us(pinned[3]):
            yield _normal(pinned[1]), pinned[2]


def differences(lock: str) -> list[Difference]:
    """The packages of a lock that are otherwise here. What is here and not in the lock is no difference."""
    return [
        Difference(name, version, installed().get(name, ""))
        for name, version in pins(lock)
        if installed().get(name) != version
    ]


def told(found: list[Difference]) -> str:
    """The first few differences, in a sentence."""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{', '.join(map(str, found[:SHOWN]))}{more}"


def _concerns_us(marker: str | None) -> bool:
    if not marker:
        return True
    try:
        return bool(Marker(marker).evaluate({"extra": ""}))
    except InvalidMarker:
        return True


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
