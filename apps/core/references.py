"""Names for the outside: MDL-0042, FND-0007. Immutable, never reused."""

import re

from django.db import connection

from apps.core.models import ReferenceCounter

PATTERN = r"[A-Z]+-\d+(?:@[0-9A-Za-z.-]+)?"
URL_PATTERN = r"[A-Z]+-[0-9]+(?:(?:@|%40)[0-9A-Za-z.-]+)?"


def next_reference(prefix: str) -> str:
    """The next free reference of `prefix`. Call it inside the transaction that uses it.

    One statement, which both databases know: it takes the counter's lock, and makes the counter where there is none.
    """
    table = ReferenceCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (prefix, last) VALUES (%s, 1)"
            f" ON CONFLICT (prefix) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            [prefix],
        )
        return f"{prefix}-{cursor.fetchone()[0]:04d}"


def is_reference(text: str) -> bool:
    return re.fullmatch(PATTERN, text) is not None
