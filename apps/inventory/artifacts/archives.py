"""A zip file's members, weighed before one of them is unpacked."""

import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from apps.inventory.artifacts.findings import Finding

MIB = 1 << 20
MOST_MEMBERS = 50_000
MOST_UNPACKED_BYTES = 2 << 30
HIGHEST_RATIO = 200  # arrays of zeros reach about 1,000 by deflate; skops itself stores without compressing
RATIO_COUNTS_FROM_BYTES = 16 * MIB
ENCRYPTED = 0x1


def weigh(archive: zipfile.ZipFile, size: int) -> Iterator[Finding]:
    """What is wrong with an archive of `size` bytes, told from its directory alone."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MOST_MEMBERS:
        yield Finding(
            "archive.members", f"The archive holds {len(members):,} files; up to {MOST_MEMBERS:,} are taken."
        )
    if unpacked > MOST_UNPACKED_BYTES:
        yield Finding(
            "archive.bomb",
            f"The archive would unpack to {unpacked / MIB:,.0f} MiB; {MOST_UNPACKED_BYTES / MIB:,.0f} are taken.",
        )
    elif unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > HIGHEST_RATIO * max(packed, 1):
        yield Finding(
            "archive.bomb",
            f"The archive unpacks to {unpacked / max(packed, 1):,.0f} times its size, as archive bombs do; "
            f"up to {HIGHEST_RATIO} times is taken.",
        )
    if packed > size:
        yield Finding("archive.overlap", "The archive's files overlap: it claims more bytes than it has.")
    yield from _names(members)
    for member in members:
        yield from _member(member)


def _names(members: list[zipfile.ZipInfo]) -> Iterator[Finding]:
    for name, count in Counter(member.filename for member in members).items():
        if count > 1:
            yield Finding(
                "archive.duplicate", f"The archive holds {name!r} {count} times, so readers may differ on it."
            )


def _member(member: zipfile.ZipInfo) -> Iterator[Finding]:
    name = member.orig_filename
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or ":" in name:
        yield Finding("archive.path", f"The archive holds {name!r}, a path that leads out of it.")
    if member.flag_bits & ENCRYPTED:
        yield Finding("archive.encrypted", f"The archive's {name!r} is encrypted and can't be looked through.")
    if stat.S_ISLNK(member.external_attr >> 16):
        yield Finding("archive.link", f"The archive's {name!r} is a link.")
