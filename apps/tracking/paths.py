"""Addresses of files as MLflow writes them: whose they are, and under which path; nothing leads out of either."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from apps.core.errors import BadInput
from apps.tracking.models.files import LONGEST_PATH

SCHEME = "mlflow-artifacts"
SERVED_AT = "/api/2.0/mlflow-artifacts/artifacts"
LONGEST_NAME = 255
OF_A_RUN = re.compile(r"(\d{1,18})/([0-9a-f]{32})/artifacts(?:/(.*))?", re.ASCII | re.DOTALL)
OF_A_MODEL = re.compile(r"(\d{1,18})/models/(m-[0-9a-f]{32})/artifacts(?:/(.*))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Place:
    """Where a file lies: in which experiment, whose it is (a run's or a logged model's reference), its path there."""

    experiment: int
    owner: str
    path: str

    @property
    def of_a_model(self) -> bool:
        return self.owner.startswith("m-")


def root_of(experiment_id: int | None, owner: str) -> str:
    """The address of everything that a run or a logged model keeps."""
    between = "models/" if owner.startswith("m-") else ""
    return f"{SCHEME}:/{experiment_id}/{between}{owner}/artifacts"


def place_of(whole: str) -> Place | None:
    """The place that a path from the server's root names; None where nothing is kept.

    Raises:
        BadInput: it would lead out, or is no path at all.
    """
    if not whole.strip("/"):
        return None
    whole = safe(whole)
    found = OF_A_RUN.fullmatch(whole) or OF_A_MODEL.fullmatch(whole)
    return Place(int(found[1]), found[2], found[3] or "") if found else None


def safe(path: str) -> str:
    """`path`, if every part of it is a name, in whatever way it is written.

    Raises:
        BadInput: it is absolute or empty, or has a part such as "..", a backslash or a control character; also where
            that shows only after it is decoded once more.
    """
    seen, told = path, path
    while True:
        if not _are_names(seen):
            raise BadInput(f"Invalid path: {_printable(path)!r}. A path has names with slashes between them.")
        if (told := unquote(seen)) == seen:
            return path
        seen = told


def path_in_address(address: str) -> str:
    """The path from the server's root that an mlflow-artifacts: or http(s): address names.

    Raises:
        BadInput: it is another kind of address, or one that carries more than a path.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        raise BadInput(f"Invalid address: {_printable(address)!r}.") from None
    path = parts.path
    if parts.scheme in ("http", "https"):
        before, found, path = path.partition(SERVED_AT)
        if not found or before.strip("/"):
            raise BadInput(f"{_printable(address)!r} is no address of an artifact here.")
    elif parts.scheme != SCHEME:
        raise BadInput(f"{_printable(address)!r} is kept elsewhere; log the model to this server first.")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise BadInput(f"{_printable(address)!r} carries more than a path.")
    return path.strip("/")


def _are_names(path: str) -> bool:
    if len(path) > LONGEST_PATH + 100 or not path.isprintable() or "\\" in path:
        return False
    return all(part not in ("", ".", "..") and len(part.encode()) <= LONGEST_NAME for part in path.split("/"))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])
