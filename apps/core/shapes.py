"""What is wrong with the shape of something sent: a typed reader's findings, in sentences for who sent it."""

from __future__ import annotations

from typing import Any

NO_SUCH_FIELD = "There is no such field."
NEEDED = "This field is needed."


def sentence(found: Any) -> str:
    """One error of pydantic's (`ValidationError.errors()`) in our words; a rule of our own speaks for itself."""
    kind, context = found["type"], found.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"This must be one of {context['expected'].replace(' or ', ', ')}."
    if kind in _LENGTHS:
        what, bound = _LENGTHS[kind], context["min_length" if kind.endswith("short") else "max_length"]
        return f"This needs {bound:,} {what} at least." if kind.endswith("short") else f"{bound:,} {what} at most."
    return TYPE_SENTENCES.get(kind) or f"{found['msg'].removesuffix('.')}."


_LENGTHS = {
    "string_too_short": "characters",
    "string_too_long": "characters",
    "too_short": "entries",
    "too_long": "entries",
}
TYPE_SENTENCES = {
    "missing": NEEDED,
    "extra_forbidden": NO_SUCH_FIELD,
    "string_type": "This must be text.",
    "int_type": "This must be a whole number.",
    "int_from_float": "This must be a whole number.",
    "float_type": "This must be a number.",
    "finite_number": "This must be a finite number.",
    "bool_type": "This must be true or false.",
    "list_type": "This must be a list.",
    "dict_type": "This must be an object.",
    "model_type": "This must be an object.",
    "union_tag_not_found": "This can be text or an object with fields of its own.",
}
