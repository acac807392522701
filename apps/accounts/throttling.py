"""Log-in may be tried a few times an address and a few dozen times a place, by whichever door and process.

A try is counted before it is made and given back where it succeeds, so that tries racing each other count, too.
"""

import hashlib
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from apps.accounts.models import LogInTry
from apps.core.errors import TooManyTries

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
LIMITS = {"account": 10, "place": 60}


class Failed(Exception):
    """Raised inside `tried` to leave the try counted, without a refusal of its own."""


@contextmanager
def tried(*, account: str, place: str, now: datetime) -> Iterator[None]:
    """Count a try, unless there were too many. It stays counted if the block raises anything.

    Args:
        account: what was typed as the address, or another name for whom is tried; kept as a digest only.
        place: the network address it comes from.

    Raises:
        TooManyTries: ten failed tries for the account, or sixty from the place, in the last 15 minutes.
    """
    counted = _count({"account": account.strip().lower(), "place": place}, now)
    yield
    LogInTry.objects.filter(pk__in=counted).delete()


def place_of(request: HttpRequest) -> str:
    """Where a request comes from: its address, or for IPv6 its network of 64 bits."""
    told = request.META.get("REMOTE_ADDR", "")
    if settings.OPTIONS.behind_proxy:
        # the last one is what the proxy itself saw; those before are what the client claims
        told = request.META.get("HTTP_X_FORWARDED_FOR", told).rpartition(",")[2].strip() or told
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{address}/{32 if address.version == 4 else 64}", strict=False))


def _count(names: dict[str, str], now: datetime) -> list[int]:
    counted, since = [], now - WINDOW
    for sort, name in names.items():
        key = hashlib.sha256(f"{sort}:{name}".encode()).hexdigest()
        with transaction.atomic():
            counted.append(LogInTry.objects.create(key=key, at=now).pk)
        tries = LogInTry.objects.filter(key=key, at__gt=since)
        if tries.count() > LIMITS[sort]:
            LogInTry.objects.filter(pk__in=counted).delete()
            first = tries.order_by("at").values_list("at", flat=True).first() or now
            seconds = max(1, int((first + WINDOW - now).total_seconds()) + 1)
            raise TooManyTries("Too many tries. Wait a while, then try again.", seconds=seconds)
    LogInTry.objects.filter(at__lt=now - KEPT).delete()
    return counted
