"""What runs and logged models keep."""

from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.core.canonical import digest
from apps.tracking.models import KeptFile, LoggedModel, Run
from apps.tracking.paths import Place

Owner = Run | LoggedModel


@dataclass(frozen=True, order=True)
class Listed:
    """One line of a folder's list; a folder has no size."""

    name: str
    size: int | None

    @property
    def is_folder(self) -> bool:
        return self.size is None


def owner_of(user: User, place: Place) -> Owner | None:
    """The run or logged model that a place belongs to, where `user` may know of it."""
    rows: Any = LoggedModel.objects if place.of_a_model else Run.objects
    found: Owner | None = (
        rows.visible_to(user)
        .select_related("experiment")
        .filter(reference=place.owner, experiment=place.experiment)
        .first()
    )
    return found


def held(owner: Owner) -> dict[str, Owner]:
    """How files name their owner: {"run": …} or {"model": …}."""
    return {"model" if isinstance(owner, LoggedModel) else "run": owner}


def file_at(owner: Owner, path: str) -> KeptFile | None:
    """The file that is kept under `path` now."""
    found: KeptFile | None = (
        KeptFile.objects.filter(**held(owner), path=path).select_related("blob").order_by("pk").last()
    )
    return found


def files_of(owner: Owner, folder: str = "") -> list[KeptFile]:
    """The files in `folder` and below it, each as it is now, by path."""
    begin = f"{folder}/" if folder else ""
    rows = KeptFile.objects.filter(**held(owner), path__startswith=begin).select_related("blob").order_by("pk")
    # SQLite's LIKE takes a letter for its capital
    newest = {row.path: row for row in rows if row.path.startswith(begin)}
    return [newest[path] for path in sorted(newest)]


def listing(owner: Owner, folder: str = "") -> list[Listed]:
    """What lies directly in `folder`: files with their size in bytes, folders without."""
    begin, found = len(folder) + 1 if folder else 0, {}
    for row in files_of(owner, folder):
        name, below, _ = row.path[begin:].partition("/")
        found[name] = Listed(name, None if below else row.blob.size)
    return [found[name] for name in sorted(found)]


def digest_of_files(owner: Owner) -> str:
    """The sha256 that stands for everything an owner keeps: paths, digests and sizes."""
    return digest([[row.path, row.blob_id, str(row.blob.size)] for row in files_of(owner)])
