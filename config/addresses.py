"""Whether a URL among the settings could be what it is for: a bad one is refused at the start, not at the first use.

Each function gives back what it was given, or raises ValueError; the setting's own title says what would be good.
"""

from ipaddress import ip_network
from urllib.parse import SplitResult, urlsplit


def database(url: str) -> str:
    parts = _split(url, "sqlite", "postgres", "postgresql")
    name = parts.path.removeprefix("/")
    if parts.scheme == "sqlite":
        _require(url.startswith("sqlite:///") and not name.endswith("/"))
    else:
        _require("/" not in name)
    _require(name)
    return url


def broker(url: str) -> str:
    parts = _split(url, "database", "redis", "rediss", "amqp", "amqps")
    _require(url == "database://" if parts.scheme == "database" else parts.hostname)
    return url


def mail(url: str) -> str:
    parts = _split(url, "console", "file", "smtp", "smtps")
    if parts.scheme == "console":
        _require(url == "console:")
    elif parts.scheme == "file":
        _require(_is_home_or_folder(parts))
    else:
        _require(parts.hostname and parts.path in ("", "/"))
    return url


def files(url: str) -> str:
    parts = _split(url, "folder", "s3")
    _require(parts.netloc if parts.scheme == "s3" else _is_home_or_folder(parts))
    return url


def features(url: str) -> str:
    parts = _split(url, "table", "redis", "rediss")
    _require(url == "table:" if parts.scheme == "table" else parts.hostname)
    return url


def folder(path: str) -> str:
    _require(path.startswith("/"))
    return path


def data_host(entry: str) -> str:
    """[scheme://]host[:port], or a network in CIDR notation."""
    if "/" in entry and "://" not in entry:
        ip_network(entry, strict=False)
        return entry
    parts = _split(entry if "://" in entry else f"https://{entry}", "https", "http", "postgresql")
    bare = not (parts.path or parts.query or parts.fragment or parts.username)
    _require(parts.hostname and bare)
    return entry


def web(url: str) -> str:
    _require(_split(url, "http", "https").hostname)
    return url


def _split(url: str, *schemes: str) -> SplitResult:
    parts = urlsplit(url)
    written = url.partition(":")[0] in schemes
    _require(written and not any(letter.isspace() for letter in url) and parts.port != 0)  # a port of letters raises
    return parts


def _is_home_or_folder(parts: SplitResult) -> bool:
    """Nothing after the colon means the home's; else a whole path, whatever folder a process stands in."""
    alone = not (parts.netloc or parts.query or parts.fragment)
    return alone and (not parts.path or (parts.path.startswith("/") and parts.path.strip("/") != ""))


def _require(true: object) -> None:
    if not true:
        raise ValueError
