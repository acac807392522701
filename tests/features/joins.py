"""What a point-in-time join has to give, in plain Python: the definition that the fast one is held against."""

import math
from datetime import UTC, date, datetime, time

import pyarrow as pa
import pyarrow.parquet as pq

from apps.features.definitions import FeatureDefinition
from apps.features.joining import Chosen, Labels, Rows, join


def moment(value):
    """A cell as a moment in UTC without saying so."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime.combine(value, time()) if isinstance(value, date) else value


def taken(label, keys, when, rows, ttl):
    """(the row that counts for a label or None, why not): by looking at every row there is."""
    wanted = [label[name] for name in keys.values()]
    if None in wanted:
        return None, "keyless"
    at, best = moment(label[when]), None
    for number, row in enumerate(rows):
        event, created = moment(row["event"]), moment(row["created"])
        if [row[name] for name in keys] == wanted and event <= at and created <= at:
            best = max(best or (event, created, number), (event, created, number))
    if best is None:
        return None, "unmatched"
    if ttl is not None and at - best[0] > ttl:
        return None, "expired"
    return rows[best[2]], "matched"


def known(value):
    """A value as it may stand in a table."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def number(name, expression=None):
    return Chosen(FeatureDefinition(name=name, type="number", expression=expression), name)


def joined(folder, labels, rows, *, keys=None, ttl=None, chosen=(), when="at", target=None, **more):
    """(the result as a list of rows, what `join` answers) over two Arrow tables."""
    paths = [folder / name for name in ("labels.parquet", "rows.parquet", "joined.parquet")]
    pq.write_table(labels, paths[0])
    pq.write_table(rows, paths[1])
    view = Rows(
        "FV-0001@1", paths[1], keys or {"k": "k"}, "event", "created", ttl, tuple(chosen or [number("value")])
    )
    found = join(Labels(paths[0], when, target), [view], paths[2], **more)
    return pq.read_table(paths[2]).to_pylist(), found


def table(rows, **types):
    return pa.Table.from_pylist(rows, schema=pa.schema(list(types.items())))
