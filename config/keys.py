"""The secrets of an installation: what signs sessions, what signs the ledger, what encrypts the codes' secrets.

Embedded, they are drawn on the first start and kept where only their owner can read them. In production they come
from the environment or a mounted file, since a container that drew its own would sign with another key each time.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from config.options import BadOptions, Options, variable

SECRET_KEY_CHARACTERS = 50
SEED_BYTES = 32  # of the ledger's seed, and of each key of the codes


def secret_key(options: Options) -> str:
    """What Django signs sessions and links with.

    Raises:
        BadOptions: production without one, or one that could be guessed.
    """
    key = _given(options, "secret_key") or _kept(options, "secret_key", lambda: secrets.token_urlsafe(64))
    if len(key) < SECRET_KEY_CHARACTERS or len(set(key)) < 8 or key.startswith("django-insecure-"):
        raise BadOptions(f"{variable('secret_key')} must be at least {SECRET_KEY_CHARACTERS} characters at random.")
    return key


def ledger_seed(options: Options) -> bytes:
    """The 32 bytes from which the ledger's Ed25519 key is made.

    Raises:
        BadOptions: production without one, or not 32 bytes in base64.
    """
    seed = _random_bytes(_given(options, "ledger_key") or _kept(options, "ledger_key", _new_seed))
    if seed is None:
        raise BadOptions(f"{variable('ledger_key')} must be {SEED_BYTES} random bytes in base64.")
    return seed


def codes_keys(options: Options) -> tuple[bytes, ...]:
    """What encrypts the secrets of one-time and recovery codes: the newest key first, then those it replaces.

    Raises:
        BadOptions: production without one, or one that is not 32 bytes in base64.
    """
    text = _given(options, "codes_key") or _kept(options, "codes_key", _new_seed)
    keys = [_random_bytes(part.strip()) for part in text.split(",")]
    if None in keys:
        several = "or several with commas between them"
        raise BadOptions(f"{variable('codes_key')} must be {SEED_BYTES} random bytes in base64, {several}.")
    return tuple(key for key in keys if key is not None)


def _random_bytes(text: str) -> bytes | None:
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return found if len(found) == SEED_BYTES and len(set(found)) >= 8 else None


def _new_seed() -> str:
    return base64.b64encode(secrets.token_bytes(SEED_BYTES)).decode()


def _given(options: Options, name: str) -> str:
    text, path = getattr(options, name).get_secret_value(), getattr(options, f"{name}_file")
    if text and path:
        raise BadOptions(f"Set {variable(name)} or {variable(name + '_file')}, not both.")
    if path:
        try:
            return path.read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise BadOptions(f"{variable(name + '_file')} names {str(path)!r}, which can't be read.") from None
    if not text and options.production:
        raise BadOptions(f"Production needs {variable(name)} or {variable(name + '_file')}.")
    return text


def _kept(options: Options, name: str, draw: Callable[[], str]) -> str:
    folder = options.home / "keys"
    path = folder / name.replace("_", "-")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if not path.exists():
            _write_once(path, draw())
        return path.read_text().strip()
    except OSError as error:
        raise BadOptions(f"{variable('home')} is {str(options.home)!r}, where keys can't be kept: {error}.") from None


def _write_once(path: Path, text: str) -> None:
    """Of several processes that start at once, one key wins, whole: a link is made or is refused, never half."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
