"""Online values in a table of the product's own database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db import connection, transaction

from apps.features.models import OnlineValue
from apps.features.online.stores import Known, Row

CHUNK = 1_000
TABLE = OnlineValue._meta.db_table
COLUMNS = ("version_id", "key", "event", "created", "as_of", "content", "mark")
READ = ("version_id", "key", "event", "created", "content", "mark", "as_of")


class TableStore:
    """Rows by (version, key), written in transactions of a thousand so that nobody waits long for a lock."""

    def write(self, version: int, rows: Sequence[Row], as_of: int) -> None:
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            values: list[object] = []
            for row in chunk:
                values += [version, row.key, row.event, row.created, as_of, row.content, row.mark]
            places = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(chunk))
            kept = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES {places} ON CONFLICT (version_id, key) "
                    f"DO UPDATE SET {kept} WHERE {TABLE}.as_of <= excluded.as_of",
                    values,
                )

    def remove(self, version: int, keys: Sequence[str], as_of: int) -> None:
        for start in range(0, len(keys), CHUNK):
            rows = OnlineValue.objects.filter(version=version, key__in=keys[start : start + CHUNK])
            rows.filter(as_of__lte=as_of).delete()

    def marks(self, version: int) -> Iterator[tuple[str, str]]:
        rows = OnlineValue.objects.filter(version=version).values_list("key", "mark")
        return rows.iterator(chunk_size=10_000)

    def read(self, versions: Sequence[int], keys: Sequence[str]) -> Iterable[Known]:
        rows = OnlineValue.objects.filter(version__in=versions, key__in=keys).values_list(*READ)
        return [Known(version, Row(*row), as_of) for version, *row, as_of in rows]

    def forget(self, version: int) -> None:
        while True:
            keys = list(OnlineValue.objects.filter(version=version).values_list("key", flat=True)[:CHUNK])
            if not keys:
                return
            OnlineValue.objects.filter(version=version, key__in=keys).delete()
