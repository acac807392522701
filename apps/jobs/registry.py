"""The kinds of work there are. A room registers its own in AppConfig.ready()."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Outcome = Mapping[str, Any] | None


@dataclass(frozen=True)
class Kind:
    """How one kind of job is carried out.

    Args:
        work: the slow part, outside of any transaction; takes the Run, returns anything.
        commit: writes what `work` returned, in the transaction that ends the job, so it happens exactly once in
            effect; takes the Run and the work's result, returns the job's result as JSON.
        failed: a consequence of giving up (failed or cancelled); takes the job, in the transaction that ends it.
        transient: further exceptions after which another try makes sense.
    """

    name: str
    title: str
    work: Callable[[Any], Any]
    commit: Callable[[Any, Any], Outcome] | None = None
    failed: Callable[[Any], None] | None = None
    transient: tuple[type[Exception], ...] = ()
    max_attempts: int = 3


_kinds: dict[str, Kind] = {}


def register(
    name: str,
    *,
    work: Callable[[Any], Any],
    commit: Callable[[Any, Any], Outcome] | None = None,
    failed: Callable[[Any], None] | None = None,
    title: str = "",
    transient: tuple[type[Exception], ...] = (),
    max_attempts: int = 3,
) -> Kind:
    """Make a kind of job known, under a name like "evaluations.evaluate". See `Kind` for the parts."""
    title = title or name.rpartition(".")[2].replace("_", " ").capitalize()
    _kinds[name] = Kind(name, title, work, commit, failed, transient, max_attempts)
    return _kinds[name]


def kind_of(name: str) -> Kind:
    """The kind of that name.

    Raises:
        LookupError: no room has registered it.
    """
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"No room knows how to do {name!r}.") from None


def title_of(name: str) -> str:
    """What people call this kind, also when the room that did it is gone."""
    return _kinds[name].title if name in _kinds else name


def names() -> list[str]:
    return sorted(_kinds)
