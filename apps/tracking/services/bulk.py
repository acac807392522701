"""Many rows in one statement, spelt out: what the mapper would build anew for each row of a training loop."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models


def insert(rows: Sequence[models.Model], *, or_else: str = "", returning: str = "") -> list[Any]:
    """Insert `rows`, all of one table.

    Args:
        or_else: what to do where a row is there already: "DO NOTHING", or "(…) DO UPDATE SET …".
        returning: a column, of the rows that were inserted.

    Returns:
        That column's values.
    """
    if not rows:
        return []
    model = type(rows[0])
    begin, one, names = _statement(model)
    sql = begin + ", ".join([one] * len(rows))
    if or_else:
        sql += f" ON CONFLICT {or_else}"
    if returning:
        sql += f" RETURNING {returning}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [convert(getattr(row, name)) for row in rows for name, convert in names])
        return [value for (value,) in cursor.fetchall()] if returning else []


@cache
def _statement(model: type[models.Model]) -> tuple[str, str, list[tuple[str, Any]]]:
    """How an insertion begins, what stands for one row, and the attributes that fill it."""
    quoted = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    begin = f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES "
    names = [(field.attname, _converter(field)) for field in fields]
    return begin, f"({', '.join(['%s'] * len(fields))})", names


def _converter(field: Any) -> Any:
    if isinstance(field, models.JSONField):
        return lambda value: field.get_db_prep_save(value, connection)
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
