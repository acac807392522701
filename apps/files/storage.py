"""Where blobs lie: a folder by default, any Django storage otherwise (django-storages for S3)."""

import errno
import os
import shutil
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages


class BlobFolder(FileSystemStorage):
    """A folder aa/bb/<digest> into which finished files are renamed, so that a blob is either whole or absent."""

    def adopt(self, path: Path, name: str) -> None:
        """Move the file at `path` in under `name`, durable when this returns."""
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        path.chmod(0o440)
        _sync(path)
        try:
            path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy_in(path, target)
        for folder in (target.parent, target.parent.parent):
            _sync(folder)

    def _copy_in(self, path: Path, target: Path) -> None:
        """From another file system: copy beside the target first, so that the last step is a rename."""
        beside = target.with_suffix(f".{os.getpid()}")
        shutil.copyfile(path, beside)
        _sync(beside)
        beside.replace(target)


def blob_storage() -> Storage:
    return storages["default"]


def name_of(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def put(path: Path, name: str) -> None:
    """Bring the file at `path` into the storage under `name`; the same name always means the same bytes."""
    storage = blob_storage()
    if storage.exists(name):
        return
    if isinstance(storage, BlobFolder):
        storage.adopt(path, name)
        return
    with path.open("rb") as file:
        storage.save(name, File(file))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
