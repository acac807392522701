"""The chain over what a run logged: sha256 of the head before and the fact, fact after fact, in their places' order.

Who holds a run's digest (the ledger does, from its end on) can tell whether a single value, parameter or tag was
changed, added, taken away or moved since.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from apps.tracking.models import DataInput, KeptFile, MetricPoint, ModelUse, Param, TagChange

Fact = Any


def spelled(fact: Fact) -> bytes:
    """A fact as the chain holds it: its kind and its values as one line of JSON."""
    return json.dumps(_told(fact), ensure_ascii=False, separators=(",", ":")).encode()


def extended(head: str, facts: Iterable[Fact]) -> str:
    """The head after `facts`.

    Args:
        head: 64 hexadecimal digits, or "" where nothing was logged yet.
    """
    for fact in facts:
        head = hashlib.sha256(head.encode() + spelled(fact)).hexdigest()
    return head


def recomputed(run_id: int) -> tuple[str, int]:
    """Head and length of the chain over what the tables hold for a run now."""
    rows: list[Fact] = [
        row
        for table in (MetricPoint, Param, TagChange, DataInput, ModelUse, KeptFile)
        for row in table.objects.filter(run=run_id)
    ]
    rows.sort(key=lambda row: row.place)
    return extended("", rows), len(rows)


def _told(fact: Fact) -> list[Any]:
    match fact:
        case MetricPoint():
            value = "NaN" if fact.is_nan else float(fact.value)
            of = [fact.model_id, fact.dataset_name, fact.dataset_digest]
            return ["metric", fact.place, fact.key, value, fact.timestamp, fact.step, *of]
        case Param():
            return ["param", fact.place, fact.key, fact.value]
        case TagChange():
            return ["tag", fact.place, fact.key, fact.value]
        case DataInput():
            said = [fact.name, fact.digest, fact.source_type, fact.source, fact.schema, fact.profile]
            return ["data", fact.place, *said, sorted(fact.tags.items()), fact.version_id, fact.known_by]
        case KeptFile():
            return ["file", fact.place, fact.path, fact.blob_id]
        case ModelUse():
            return ["model", fact.place, fact.model_id, "made" if fact.made else "read", fact.step]
    raise TypeError(f"A {type(fact).__name__} is nothing that a run logs.")
