"""What a table's columns may become from one version to the next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from apps.datasets.intake.columns import DATE, INTEGER, NUMBER, TIMESTAMP


class Compatibility(StrEnum):
    """Who goes on being able to read, in the sense of schema registries.

    backward: who reads by the new columns can read the versions before, too. Columns may go; a new one must be
    optional; whole numbers may become numbers, dates moments.
    forward: who reads by the columns of before can read the new version. Columns may be added; only an optional one
    may go; numbers may become whole numbers, moments dates.
    full: both. Only optional columns come and go.
    none: anything.
    """

    BACKWARD = "backward"
    FORWARD = "forward"
    FULL = "full"
    NONE = "none"


@dataclass(frozen=True)
class Change:
    """One difference of two lists of columns.

    Attributes:
        kind: added or removed (…_required), renamed, widened, narrowed, retyped, loosened or tightened.
        before, after: the type, or the name where it was renamed; "" where there was none.
    """

    kind: str
    column: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        return _SENTENCES[self.kind].format(self.column, self.before, self.after)

    def as_dict(self) -> dict[str, str]:
        return asdict(self) | {"sentence": str(self)}


_SENTENCES = {
    "added": "“{0}” was added ({2})",
    "added_required": "“{0}” was added ({2}), and is required",
    "removed": "“{0}” is gone ({1})",
    "removed_required": "“{0}” is gone ({1}), and was required",
    "renamed": "“{1}” is called “{2}” now",
    "widened": "“{0}” was {1} and is {2}, which holds more",
    "narrowed": "“{0}” was {1} and is {2}, which holds less",
    "retyped": "“{0}” was {1} and is {2}",
    "loosened": "“{0}” need not be there in every row any more",
    "tightened": "“{0}” must be there in every row now",
}
_ALLOWED = {
    Compatibility.BACKWARD: {"added", "removed", "removed_required", "widened", "loosened"},
    Compatibility.FORWARD: {"added", "added_required", "removed", "narrowed", "tightened"},
    Compatibility.FULL: {"added", "removed"},
    Compatibility.NONE: set(_SENTENCES),
}
WIDER = {(INTEGER, NUMBER), (DATE, TIMESTAMP)}


def changes(
    before: Mapping[str, str | None],
    after: Mapping[str, str | None],
    *,
    required_before: Collection[str] = (),
    required_after: Collection[str] = (),
    renamed: Mapping[str, str] | None = None,
) -> list[Change]:
    """What differs between two lists of columns, each a type by name.

    Args:
        renamed: the new name by the old one, where that is known (the same cells, the same id).
    """
    renamed = {old: new for old, new in (renamed or {}).items() if old not in after and new not in before}
    found = [Change("renamed", new, old, new) for old, new in renamed.items()]
    for name in before:
        if name not in after and name not in renamed:
            kind = "removed_required" if name in required_before else "removed"
            found.append(Change(kind, name, before=before[name] or "any type"))
    for name in after:
        if name not in before and name not in renamed.values():
            kind = "added_required" if name in required_after else "added"
            found.append(Change(kind, name, after=after[name] or "any type"))
    for old, new in {**{name: name for name in before if name in after}, **renamed}.items():
        found += _of_column(new, before[old], after[new], old in required_before, new in required_after)
    return found


def _of_column(name: str, was: str | None, is_: str | None, needed: bool, needs: bool) -> Iterable[Change]:
    if was is not None and is_ is not None and was != is_:
        kind = "widened" if (was, is_) in WIDER else "narrowed" if (is_, was) in WIDER else "retyped"
        yield Change(kind, name, was, is_)
    if needed != needs:
        yield Change("tightened" if needs else "loosened", name)


def forbidden(found: Iterable[Change], compatibility: str) -> list[Change]:
    """Those changes that `compatibility` doesn't allow."""
    allowed = _ALLOWED[Compatibility(compatibility)]
    return [change for change in found if change.kind not in allowed]


def renamed_by_cells(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Columns that hold the same cells under another name; both map a name to the digest of its cells."""
    gone = {digest: name for name, digest in before.items() if name not in after}
    come = {digest: name for name, digest in after.items() if name not in before}
    return {gone[digest]: come[digest] for digest in gone if digest in come}
