"""What must answer before an installation can serve; rooms add their probes when they are loaded."""

from collections.abc import Callable

Probe = Callable[[], str]

PROBES: dict[str, Probe] = {}


def probe(name: str) -> Callable[[Probe], Probe]:
    """Register a function that returns what is missing, as a sentence, or "" where nothing is."""

    def register(check: Probe) -> Probe:
        PROBES[name] = check
        return check

    return register
