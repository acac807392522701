"""How an event reaches the database: by one call on PostgreSQL, by three inserts, spelt out, on SQLite.

Every act pays for what stands here, and the mapper's way of building these same statements anew took longer than the
database takes to carry them out (bench/ledger.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

from apps.audit.models import Entry, FieldChange, Payload
from apps.core.canonical import plain
from apps.core.governed import Change

Row = Mapping[str, Any]


def write(head: Row, salt: bytes, body: bytes, changes: Iterable[Change]) -> None:
    """Insert an entry, what it commits to, and the index of what moved; its place is the database's to give.

    Args:
        head: the entry's columns, without those the database fills.
        salt: 16 bytes.
        body: canonical JSON.
    """
    moved = [row for change in changes for row in _index(change)]
    if connection.vendor == "postgresql":
        _call({**head, "salt": salt, "body": body.decode(), "moved": json.dumps(moved)})
        return
    entry = _insert(Entry, [head], returning=True)
    _insert(Payload, [{"entry_id": entry, "salt": salt, "body": body.decode()}])
    if moved:
        _insert(FieldChange, [{"entry_id": entry, **row} for row in moved])


def _call(given: Row) -> None:
    """Have the database's own function insert the three (migration 0005)."""
    named = ", ".join(f"{name} => %s" for name in given)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT audit_write({named})", list(given.values()))


def _insert(model: type[models.Model], rows: Sequence[Row], *, returning: bool = False) -> Any:
    columns = tuple(rows[0])
    fields = _fields(model, columns)
    one = f"({', '.join(['%s'] * len(columns))})"
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES {', '.join([one] * len(rows))}"
    values = [field.get_db_prep_save(row[field.column], connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql + " RETURNING id" if returning else sql, values)
        return cursor.fetchone()[0] if returning else None


@cache
def _fields(model: type[models.Model], columns: tuple[str, ...]) -> list[Any]:
    by_column = {field.column: field for field in model._meta.concrete_fields}
    return [by_column[column] for column in columns]


def _index(change: Change) -> Iterator[Row]:
    """One row for each field that moved; a new row is told whole by the payload."""
    if change.before is None:
        return
    for name in change.moved():
        if name != "revision":
            yield {
                "row_kind": change.row.kind,
                "row_reference": change.row.reference,
                "field": name,
                "before": plain(change.before.get(name)),
                "after": plain(change.after[name]),
            }
