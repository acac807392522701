"""What the OpenAPI schema says of every operation: its refusals, and the headers against doubled and lost effects."""

import inspect
from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from apps.core.doors.problems import TITLES

PROBLEM = {
    "type": "object",
    "description": "A refusal, as RFC 9457 has it. Nothing has changed.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "A stable name for programs."},
        "detail": {"type": "string", "description": "What is wrong and what to do about it."},
        "errors": {
            "type": "object",
            "description": "The same by field: metadata.protected[0].bins.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Up to 200 characters of your own; a repeated request with the same key has no second effect.",
    "schema": {"type": "string", "maxLength": 200},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": 'The ETag you last saw, such as "3". Without it 428, with an older one 412.',
    "schema": {"type": "string"},
}
CHANGING = {"post", "put", "patch", "delete"}


STOCK = {"list": "List {rows}.", "retrieve": "Show {article} {row}."}


class Described(AutoSchema):
    """What is said of a call: its docstring's first paragraph sums it up, the rest describes it.

    Components are named as their serializers; where two rooms use one name, the room stands before it.
    """

    def get_summary(self) -> str | None:
        said, _ = self._said()
        view: Any = self.view
        action = getattr(view, "action", "")
        if said or action not in STOCK:
            return said or None
        named = view.queryset.model._meta
        row, rows = str(named.verbose_name), str(named.verbose_name_plural)
        return STOCK[action].format(row=row, rows=rows, article="an" if row[0] in "aeiou" else "a")

    def get_description(self) -> str:  # type: ignore[override]
        said, more = self._said()
        alike = not said and getattr(self.view, "action", "list") in STOCK
        return inspect.cleandoc(type(self.view).__doc__ or "") if alike else more

    def _said(self) -> tuple[str, str]:
        """What the call's own docstring says; a list or a look that every room has alike says nothing of its own."""
        name = getattr(self.view, "action", None) or self.method.lower()
        call = getattr(self.view, name)
        everybodys = not call.__module__.startswith("apps.") or call.__module__.startswith("apps.core.")
        said, _, more = ("" if everybodys else inspect.getdoc(call) or "").partition("\n\n")
        return " ".join(said.split()), more

    def get_serializer_name(self, serializer: serializers.Serializer, direction: Any) -> str:
        name = type(serializer).__name__
        rooms = {found.__module__ for found in _subclasses(serializers.Serializer) if found.__name__ == name}
        return name if len(rooms) == 1 else type(serializer).__module__.split(".")[1].title() + name


def _subclasses(serializer: type[Any]) -> Iterator[type[Any]]:
    for found in serializer.__subclasses__():
        if found.__module__.startswith("apps."):
            yield found
        yield from _subclasses(found)


def say_refusals(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """drf-spectacular's hook: give every operation its refusals as problem documents."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            for status in sorted(_refusals(path, method, operation)):
                told = {"$ref": "#/components/schemas/Problem"}
                answer = {"description": TITLES[status], "content": {"application/problem+json": {"schema": told}}}
                operation["responses"].setdefault(str(status), answer)
            if header := _header(path, method):
                operation.setdefault("parameters", []).append(header)
    return result


def _refusals(path: str, method: str, operation: dict[str, Any]) -> set[int]:
    asks = any(parameter["in"] == "query" for parameter in operation.get("parameters", []))
    kinds = {
        (401, 403, 406): True,
        (404,): "{" in path or method == "get",
        (422,): asks or method in CHANGING,
        (400, 409, 413, 415, 423, 429): method in CHANGING,
        (412, 428): method in {"put", "patch"},
    }
    return {status for statuses, said in kinds.items() if said for status in statuses}


def _header(path: str, method: str) -> dict[str, Any] | None:
    if method in {"put", "patch"}:
        return IF_MATCH
    return IDEMPOTENCY_KEY if method == "post" and not path.endswith("/tokens/") else None
