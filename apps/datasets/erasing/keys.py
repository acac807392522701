"""What is known of a key: its salted digest, once as it is spelt and once as a whole number, where it is one.

The salt lies apart from the digests, so that whoever reads the ledger can't try numbers until one fits.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable

from apps.core.errors import BadInput
from apps.datasets.intake.columns import DATE, INTEGER, NUMBER, STRING

KEY_TYPES = (STRING, INTEGER, NUMBER, DATE)
MOST = 1_000
LONGEST = 200
LONGEST_NUMBER = 2**63
SPELT = re.compile(r"[+-]?\d{1,19}")

Digests = dict[str, list[str]]  # {"text": […], "whole": […]}


def new_salt() -> str:
    return secrets.token_hex(16)


def read_keys(typed: Iterable[str]) -> list[str]:
    """The keys as they were given, each once, without outer blanks.

    Raises:
        BadInput: there are none or too many, or one is too long.
    """
    keys = list(dict.fromkeys(filter(None, (key.strip() for key in typed))))
    if not keys:
        raise BadInput(errors={"keys": ["Give the keys whose rows are to be erased, one a line."]})
    if len(keys) > MOST:
        raise BadInput(errors={"keys": [f"{len(keys):,} keys are more than {MOST:,}, the most of one request."]})
    if any(len(key) > LONGEST for key in keys):
        raise BadInput(errors={"keys": [f"A key is at most {LONGEST} characters long."]})
    return keys


def digests_of(keys: Collection[str], salt: str) -> Digests:
    """sha256 of the salt and each key: as it is spelt, and of whole numbers as a number."""
    numbers = [int(key) for key in keys if SPELT.fullmatch(key)]
    whole = [str(number) for number in numbers if -LONGEST_NUMBER <= number < LONGEST_NUMBER]
    return {"text": sorted({_salted(key, salt) for key in keys}), "whole": sorted({_salted(k, salt) for k in whole})}


def _salted(key: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}{key}".encode()).hexdigest()
