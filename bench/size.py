"""What an installation takes on disk: the product, the packages of requirements.lock, and which of them are large.

Run by `python bench/size.py`. It adds up the files that the installed packages say are theirs: what only tests need
doesn't count, and nothing is installed anew.
"""

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 8


def main() -> int:
    """Print the table."""
    names = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    sizes = {name: size for name in names if (size := size_of(name)) is not None}
    product = sum(path.stat().st_size for path in source_files())
    say(f"  the product                {product / 1e6:8.1f} MB")
    say(f"  its {len(sizes)} packages           {sum(sizes.values()) / 1e6:8.0f} MB, without compiled bytecode")
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True)[:LARGEST]:
        say(f"    {name:24}{sizes[name] / 1e6:8.0f} MB")
    return 0


def size_of(name: str) -> int | None:
    """Bytes of a package; None where this platform doesn't have it."""
    try:
        found: Distribution = distribution(name)
    except PackageNotFoundError:
        return None
    paths = (Path(str(found.locate_file(file))) for file in found.files or () if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.is_file())


def source_files() -> list[Path]:
    folders = ("apps", "config", "templates", "static")
    return [
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"
    ]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
