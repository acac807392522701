"""A multipart body that is read from disk as it is sent, with its length announced: the server takes no chunks."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Union

from quaestor_client.errors import Unusable

Source = Union[bytes, Path]
BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """The hex digest of a file's bytes.

    Raises:
        Unusable: it can't be read.
    """
    sha = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(BLOCK), b""):
                sha.update(block)
    except OSError as error:
        raise Unusable(f"{path} can't be read: {error.strerror or error}.") from None
    return sha.hexdigest()


class Multipart:
    """A form of texts and files, as a stream of known length.

    Args:
        fields: by name, text.
        files: by name, the file to send.
        watch: called with (bytes sent, bytes in all) as it goes.

    Raises:
        Unusable: a file can't be read.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        files: Mapping[str, Path],
        watch: Callable[[int, int], None] | None = None,
    ) -> None:
        self.boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={self.boundary}"
        self._watch = watch
        self._sources: list[Source] = []
        for name, value in fields.items():
            self._sources.append(self._head(name) + value.encode() + b"\r\n")
        for name, path in files.items():
            self._sources += [self._head(name, path.name), path, b"\r\n"]
        self._sources.append(f"--{self.boundary}--\r\n".encode())
        self._sizes = [_size(source) for source in self._sources]
        self._length = sum(self._sizes)
        self._at, self._sent, self._of_file = 0, 0, 0
        self._open: BinaryIO | None = None

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(BLOCK), b"")

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def read(self, size: int = BLOCK) -> bytes:
        """Up to `size` of the next bytes; b"" at the end alone.

        Raises:
            Unusable: a file has become shorter since its length was announced.
        """
        while self._at < len(self._sources):
            block = self._next(size)
            if block:
                self._sent += len(block)
                if self._watch:
                    self._watch(self._sent, self._length)
                return block
        return b""

    def _next(self, size: int) -> bytes:
        """A block of the present source; b"" where it has ended, and the next one is the present one then."""
        source = self._sources[self._at]
        if isinstance(source, bytes):
            self._at += 1
            return source
        if self._open is None:
            self._open, self._of_file = _opened(source), 0
        left = self._sizes[self._at] - self._of_file
        block = self._open.read(min(size, left))
        self._of_file += len(block)
        if len(block) == left:
            self.close()
            self._at += 1
        elif not block:
            self.close()
            raise Unusable(f"{source} became shorter while it was sent.")
        return block

    def _head(self, name: str, filename: str | None = None) -> bytes:
        named = f'; filename="{_quoted(filename)}"' if filename is not None else ""
        kind = "Content-Type: application/octet-stream\r\n" if filename is not None else ""
        return f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n{kind}\r\n'.encode()


def _size(source: Source) -> int:
    if isinstance(source, bytes):
        return len(source)
    try:
        if not source.is_file():
            raise Unusable(f"There is no file {source}." if not source.exists() else f"{source} is no file.")
        return source.stat().st_size
    except OSError as error:
        raise Unusable(f"{source} can't be read: {error.strerror or error}.") from None


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise Unusable(f"{path} can't be read: {error.strerror or error}.") from None


def _quoted(name: str) -> str:
    """A file's name as browsers write it in this header."""
    return name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
