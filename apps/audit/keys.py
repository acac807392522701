"""The ledger's keys: the one that signs now, and those that signed before."""

from pathlib import Path

from django.conf import settings

from apps.audit.notes import SigningKey, VerifierKey


def signing_key() -> SigningKey:
    """What signs checkpoints and exports. Its seed is in the environment, or in the home's keys when embedded."""
    return SigningKey(settings.LEDGER_NAME, settings.LEDGER_SEED)


def trusted_keys() -> list[VerifierKey]:
    """The present key first, then those it replaced: lines of `keys/ledger-retired` in the home.

    Raises:
        BadNote: a line there is not a verifier key.
    """
    retired = Path(settings.HOME) / "keys" / "ledger-retired"
    lines = retired.read_text().split() if retired.exists() else []
    return [signing_key().verifier, *map(VerifierKey.parse, lines)]
