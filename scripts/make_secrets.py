"""Draw what compose.yaml asks for: passwords into `.env`, keys into `deploy/secrets/`. What is there stays."""

import base64
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PASSWORDS = ("POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD", "REDIS_PASSWORD")
KEYS = {
    "secret_key": lambda: secrets.token_urlsafe(64),
    "ledger_key": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "codes_key": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
}


def main(root: Path) -> int:
    folder = root / "deploy" / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    # The folder keeps others of this machine out; the files can be read, since a container's user is somebody else.
    for name, draw in KEYS.items():
        write(folder / name, draw(), mode=0o444)
    lines = [f"{name}={secrets.token_hex(24)}" for name in PASSWORDS]
    write(root / ".env", "\n".join([*lines, "QUAESTOR_HOST=localhost"]), mode=0o600)
    return 0


def write(path: Path, text: str, *, mode: int) -> None:
    if path.exists():
        sys.stderr.write(f"{path.name} is there already and stays as it is.\n")
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(ROOT))
