"""Names for the outside: MDL-0042, FND-0007. Immutable, never reused."""

import re

from django.db import transaction

from apps.core.models import ReferenceCounter

PATTERN = r"[A-Z]+-\d+(?:@[0-9A-Za-z.-]+)?"
URL_PATTERN = r"[A-Z]+-[0-9]+(?:(?:@|%40)[0-9A-Za-z.-]+)?"


def next_reference(prefix: str) -> str:
    """The next free reference of `prefix`. Call it inside the transaction that uses it."""
    with transaction.atomic():
        ReferenceCounter.objects.get_or_create(prefix=prefix)
        counter = ReferenceCounter.objects.select_for_update(no_key=True).get(prefix=prefix)
        counter.last += 1
        counter.save(update_fields=["last"])
    return f"{prefix}-{counter.last:04d}"


def is_reference(text: str) -> bool:
    return re.fullmatch(PATTERN, text) is not None
