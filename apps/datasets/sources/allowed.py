"""Where the operator lets data be read from: folders, hosts and secrets; nowhere, unless the settings say so."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps.core.errors import BadInput
from apps.datasets.sources.faults import SourceDown, SourceFault
from apps.notifications.outside import is_public

VARIABLES = "QUAESTOR_SOURCE_"
REFERENCE = re.compile(r"(env|file):(.+)", re.S)
PORTS = {"https": 443, "http": 80, "postgresql": 5432}
SECRET_BYTES = 16_384


def path_below_roots(path: str) -> Path:
    """The file or folder that `path` leads to, every link followed, if it is an allowed folder or lies below one.

    Raises:
        SourceFault: it does not, or there is none.
    """
    roots = [root.resolve() for root in settings.DATA_ROOTS]
    try:
        real = Path(path).resolve(strict=True)
    except (OSError, RuntimeError):
        if not any(_below(Path(os.path.normpath(path)), root) for root in roots):
            raise _not_allowed(path) from None
        raise SourceFault(f"There is no {path} on this machine, or it can't be read.") from None
    if not any(_below(real, root) and _is_no_part_of_home(real, root) for root in roots):
        raise _not_allowed(path)
    return real


def _not_allowed(path: str) -> SourceFault:
    return SourceFault(f"{path} does not lie below a folder that data is read from (QUAESTOR_DATA_ROOTS).")


def _below(path: Path, root: Path) -> bool:
    return path.is_relative_to(root)


def _is_no_part_of_home(path: Path, root: Path) -> bool:
    """A wide root such as / must not open our own database, keys and blobs; a folder within the home may."""
    home = settings.HOME
    return not path.is_relative_to(home) or (root != home and root.is_relative_to(home))


@dataclass(frozen=True)
class Host:
    """One entry of QUAESTOR_DATA_HOSTS: [scheme://]host[:port], or a network such as 10.1.0.0/16."""

    scheme: str
    name: str
    port: int | None

    @classmethod
    def read(cls, entry: str) -> Host:
        scheme, marked, rest = entry.rpartition("://")
        name, colon, port = rest.rpartition(":")
        if not colon or not port.isdecimal():
            name, port = rest, ""
        return cls(scheme if marked else "", name.strip("[]").lower(), int(port) if port else None)

    def lets(self, scheme: str, name: str, port: int) -> bool:
        """Without a scheme it stands for every encrypted one and for databases, never for plain http."""
        same_scheme = scheme == self.scheme if self.scheme else scheme != "http"
        return same_scheme and name.lower() == self.name and port == (self.port or PORTS[scheme])


def require_host(scheme: str, name: str, port: int | None, *, field: str) -> None:
    """Refuse a host that the operator has not listed.

    Raises:
        BadInput: it is not, under `field`.
    """
    port = port or PORTS[scheme]
    if not any(Host.read(entry).lets(scheme, name, port) for entry in settings.DATA_HOSTS if not _network(entry)):
        shown = f"[{name}]" if ":" in name else name
        said = f"{scheme}://{shown}:{port} is not among the hosts that data is read from (QUAESTOR_DATA_HOSTS)."
        raise BadInput(errors={field: [said]})


def resolve(name: str, port: int) -> str:
    """An address of a listed host to connect to, resolved once.

    Raises:
        SourceDown: the name is unknown now.
        SourceFault: it leads into a private network, and neither the address nor its network is listed.
    """
    try:
        found = sorted({info[4][0] for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError):
        raise SourceDown(f"The host {name} is not known") from None
    if not all(is_public(str(address)) or _is_listed(str(address), name) for address in found):
        raise SourceFault(
            f"The host {name} leads into a private network, and that is not listed (QUAESTOR_DATA_HOSTS)."
        )
    return str(found[0])


def _is_listed(address: str, name: str) -> bool:
    """A private address is listed by itself, by its network, or by a name that says that it is local."""
    if name in (address, "localhost"):
        return True
    found = ipaddress.ip_address(address.partition("%")[0])
    networks = filter(None, map(_network, settings.DATA_HOSTS))
    return any(found in network for network in networks)


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    return ipaddress.ip_network(entry, strict=False) if "/" in entry and "://" not in entry else None


def check_references(said: object, names: Iterable[str]) -> dict[str, str]:
    """References to credentials as sent: {name: "env:NAME" or "file:name"}.

    Raises:
        BadInput: a name is unknown for this kind, or a value is no reference, under "credentials.name".
    """
    known = tuple(names)
    if not isinstance(said, Mapping):
        raise BadInput(errors={"credentials": ["This must be an object."]})
    errors = {}
    for name, reference in said.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            errors[f"credentials.{name}"] = [f"There is no such credential here; this kind knows {listed}."]
        elif fault := _fault_of(reference):
            errors[f"credentials.{name}"] = [fault]
    if errors:
        raise BadInput(errors=errors)
    return dict(said)


def _fault_of(reference: object) -> str:
    """What is wrong with a reference; it is not repeated, as it may be the secret itself."""
    found = REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    if found is None:
        return f"Name where the secret is, and never the secret: env:{VARIABLES}NAME or file:name."
    where, name = found.groups()
    if where == "env":
        right = re.fullmatch(rf"{VARIABLES}[A-Z0-9_]{{1,100}}", name)
        return "" if right else f"A variable that holds a secret of a source has a name that begins with {VARIABLES}."
    if settings.DATA_SECRETS is None:
        return "No folder of mounted secrets is set (QUAESTOR_DATA_SECRETS)."
    right = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}", name)
    return "" if right else "Write the file's name alone; it lies in the folder of mounted secrets."


def secret(reference: str) -> str:
    """The secret that a reference names, read now; it goes to where it is needed and nowhere else.

    Raises:
        SourceFault: there is none.
    """
    where, _, name = reference.partition(":")
    if fault := _fault_of(reference):
        raise SourceFault(fault)
    found = os.environ.get(name, "") if where == "env" else _mounted(name)
    if not found:
        raise SourceFault(f"There is no secret under {reference} where this worker runs.")
    return found


def _mounted(name: str) -> str:
    folder = settings.DATA_SECRETS.resolve()
    try:
        path = (folder / name).resolve(strict=True)
        inside = path.is_relative_to(folder) and path.is_file() and path.stat().st_size <= SECRET_BYTES
        return path.read_text().strip() if inside else ""
    except (OSError, UnicodeDecodeError):
        return ""
