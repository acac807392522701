"""Databases, mail and file stores, from their URLs to what Django wants to hear."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config.options import Options

# FULL, not NORMAL: a checkpoint may already be outside when the power goes, and the database must not forget what it
# told. It costs one fsync a transaction.
SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000"


def database(options: Options) -> dict[str, Any]:
    """Django's settings of the default database."""
    url = options.database_url
    if not url or url.startswith("sqlite:///"):
        return sqlite(Path(unquote(url.removeprefix("sqlite:///"))) if url else options.home / "quaestor.sqlite3")
    return postgres(url)


def sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # A transaction that begins to write asks for the lock at once, and waits for it; one that began to read could
        # never be given it.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS},
    }


def postgres(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "quaestor",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "quaestor", "connect_timeout": "5", **dict(parse_qsl(parts.query))},
    }


def mail(options: Options) -> dict[str, Any]:
    """Django's settings of outgoing mail, as a mapping from their names."""
    parts = urlsplit(options.mail_url)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme == "file":
        folder = parts.path or str(options.home / "mail")
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": folder}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and parts.port != 25,
        "EMAIL_TIMEOUT": 20,
    }


def files(options: Options) -> dict[str, Any]:
    """Django's settings of the store that holds blobs."""
    parts = urlsplit(options.files_url)
    if parts.scheme == "folder":
        return {
            "BACKEND": "apps.files.storage.BlobFolder",
            "OPTIONS": {
                "location": parts.path or str(options.home.resolve() / "files" / "blobs"),
                "base_url": None,  # nothing is served from here but by a view that asks who is there
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "endpoint_url": options.s3_endpoint or None,
            "region_name": options.s3_region or None,
            "file_overwrite": False,
            "querystring_auth": True,
            "default_acl": None,
        },
    }
