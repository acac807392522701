"""Contracts for tests: a small one that is right, and its parts to bend."""

import json
from typing import Any

import yaml


def contract(
    properties: list[dict[str, Any]] | None = None,
    *,
    quality: list[dict[str, Any]] | None = None,
    table: str = "loans",
    version: str = "1.0.0",
    **more: Any,
) -> str:
    """A contract in ODCS 3.1 as YAML; `more` is put beside its schema, or into its table as `relationships`."""
    described: dict[str, Any] = {
        "name": table,
        "logicalType": "object",
        "properties": properties if properties is not None else COLUMNS,
    }
    if quality:
        described["quality"] = quality
    for name in ("relationships", "customProperties"):
        if name in more:
            described[name] = more.pop(name)
    document = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "loans-contract",
        "version": version,
        "status": "draft",
        "schema": [described],
        **more,
    }
    # by way of JSON, because what stands twice in memory would become an alias
    return yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False, allow_unicode=True)


COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "logicalType": "integer", "required": True, "unique": True},
    {"name": "amount", "logicalType": "number", "logicalTypeOptions": {"minimum": 0}},
    {"name": "state", "logicalType": "string"},
]


def ours(check: str, **said: Any) -> dict[str, Any]:
    """A rule for our own engine."""
    return {"type": "custom", "engine": "quaestor", "implementation": {"check": check, **said}}


def drafted(author, dataset, now, text=None, **said):
    """A draft contract by `author`."""
    from apps.datasets.services.contracts import draft_contract

    return draft_contract(actor=author, dataset=dataset, text=text or contract(), now=now, **said)


def in_force(author, other, dataset, now, text=None, **said):
    """A contract of `dataset`, written by one and agreed to by the other."""
    from apps.datasets.services.contracts import agree_contract

    return agree_contract(actor=other, contract=drafted(author, dataset, now, text, **said), now=now)
