"""The two statements that every act carries out on its row, spelt out.

They are the mapper's own. It builds them anew each time, though, and took longer over that than the database takes to
carry them out (bench/ledger.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=models.Model)


def locked(model: type[M], key: Any) -> M:
    """The row of `model` with this primary key, read under a lock that lasts until the transaction ends.

    FOR NO KEY UPDATE: a plain one deadlocks with deferred foreign keys at commit. SQLite has one writer at a time.

    Raises:
        TransactionManagementError: no transaction is open, so that the lock would hold nothing.
        DoesNotExist: there is no such row.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if not database.in_atomic_block:
        raise TransactionManagementError("A lock lasts as long as its transaction, and none is open.")
    sql, names, converted = _reading(model, database.vendor)
    with database.cursor() as cursor:
        cursor.execute(sql, [_key(model).get_db_prep_value(key, database)])
        found = cursor.fetchone()
    if found is None:
        raise model.DoesNotExist(f"There is no {model._meta.verbose_name} {key}.")  # type: ignore[attr-defined]
    values = list(found)
    for place, column in converted:
        for convert in _converters(column, database):
            values[place] = convert(values[place], column, database)
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


def update(model: type[models.Model], key: Any, values: Sequence[tuple[Any, Any]]) -> bool:
    """Give the row of `model` with this primary key these values, each with its field; whether there was one."""
    database = connections[DEFAULT_DB_ALIAS]
    quoted = database.ops.quote_name
    moved = ", ".join(f"{quoted(field.column)} = %s" for field, _ in values)
    sql = f"UPDATE {quoted(model._meta.db_table)} SET {moved} WHERE {quoted(_key(model).column)} = %s"
    given = [field.get_db_prep_save(value, database) for field, value in values]
    with database.cursor() as cursor:
        cursor.execute(sql, [*given, _key(model).get_db_prep_value(key, database)])
        return bool(cursor.rowcount)


@cache
def _reading(model: type[models.Model], vendor: str) -> tuple[str, list[str], list[tuple[int, Any]]]:
    """The statement that locks and reads a row, the attributes it fills, and which of its columns need converting."""
    database = connections[DEFAULT_DB_ALIAS]
    quoted, fields = database.ops.quote_name, model._meta.concrete_fields
    names = ", ".join(quoted(str(field.column)) for field in fields)
    lock = " FOR NO KEY UPDATE" if database.features.has_select_for_no_key_update else ""
    sql = f"SELECT {names} FROM {quoted(model._meta.db_table)} WHERE {quoted(_key(model).column)} = %s{lock}"
    columns = [field.get_col(model._meta.db_table) for field in fields]
    converted = [(place, column) for place, column in enumerate(columns) if _converters(column, database)]
    return sql, [field.attname for field in fields], converted


def _converters(column: Any, database: Any) -> list[Any]:
    return [*database.ops.get_db_converters(column), *column.get_db_converters(database)]


def _key(model: type[models.Model]) -> Any:
    return model._meta.pk
