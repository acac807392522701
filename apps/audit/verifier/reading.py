"""What an export is read from, and what is said about it."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.audit.verifier.signatures import Unreadable


@dataclass
class Finding:
    code: str
    sentence: str
    file: str = ""
    line: int | None = None
    seq: int | None = None
    entry: str = ""
    field: str = ""

    def __str__(self) -> str:
        place = [f"{self.file} line {self.line}" if self.line else self.file]
        place += [f"event {self.seq}" if self.seq is not None else "", self.entry, self.field]
        told = ", ".join(filter(None, place))
        return f"{told}: {self.sentence}" if told else self.sentence


@dataclass
class Report:
    facts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    wrong: list[Finding] = field(default_factory=list)

    def found(self, code: str, sentence: str, **place: Any) -> None:
        self.wrong.append(Finding(code, sentence, **place))

    def holds(self, sentence: str, before: int) -> None:
        """State a fact, unless something was found since there were `before` findings."""
        if len(self.wrong) == before:
            self.facts.append(sentence)


class Export:
    """The files of an export, in its zip or unpacked. A stored file is read even where its zip says it is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.zip = None if path.is_dir() else zipfile.ZipFile(path)
            names = self.zip.namelist() if self.zip else self._unpacked(path)
            self.names = sorted(name for name in names if not name.endswith("/"))
        except (OSError, zipfile.BadZipFile, UnicodeDecodeError) as error:
            raise Unreadable(f"{path} can't be read as an export: {error}.") from None

    @staticmethod
    def _unpacked(folder: Path) -> list[str]:
        return [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]

    def lines(self, name: str) -> Iterator[bytes]:
        """The file line by line, line ends kept, without holding it whole; nothing where there is no such file."""
        if name not in self.names:
            return
        if self.zip is None:
            with (self.path / name).open("rb") as file:
                yield from file
        elif (info := self.zip.getinfo(name)).compress_type != zipfile.ZIP_STORED:
            with self.zip.open(info) as packed:
                yield from packed
        else:
            with self.path.open("rb") as file:
                file.seek(info.header_offset + 26)
                lengths = file.read(4)
                file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
                left = info.file_size
                while left and (line := file.readline(left)):
                    left -= len(line)
                    yield line

    def bytes(self, name: str) -> bytes:
        return b"".join(self.lines(name))

    def text(self, name: str) -> str:
        return self.bytes(name).decode("utf-8", "replace")

    def sha256(self, name: str) -> str:
        found = hashlib.sha256()
        for line in self.lines(name):
            found.update(line)
        return found.hexdigest()
