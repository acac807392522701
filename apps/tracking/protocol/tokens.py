"""Page tokens: where a list goes on, in the client's hands, so that nothing of it is kept here."""

import base64
import binascii
import json
from typing import Any

from apps.tracking.protocol.refusals import invalid

UNKNOWN = "Take page_token from next_page_token of the same search; it can't be made up."


def token_of(**place: Any) -> str:
    """A token that says `place`."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode()


def offset_of(token: str) -> int:
    """How many rows a token leaves behind; none where there is no token.

    Raises:
        Fault: it is none of ours.
    """
    offset = place_of(token).get("offset") if token else 0
    if not isinstance(offset, int) or isinstance(offset, bool) or not 0 <= offset < 2**31:
        raise invalid(UNKNOWN)
    return offset


def place_of(token: str) -> dict[str, Any]:
    """What `token_of` was told.

    Raises:
        Fault: it is none of ours.
    """
    if not token:
        return {}
    try:
        place = json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        raise invalid(UNKNOWN) from None
    if not isinstance(place, dict):
        raise invalid(UNKNOWN)
    return place
