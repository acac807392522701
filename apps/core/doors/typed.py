"""JSON's types, kept: the framework would make "5" of 5 and true of "yes", and keep what nobody said."""

from typing import Any

from rest_framework import serializers

from apps.core.shapes import TYPE_SENTENCES

TEXT, FLAG, WHOLE, NUMBER = (TYPE_SENTENCES[name] for name in ("string_type", "bool_type", "int_type", "float_type"))


def mistyped(field: serializers.Field, said: Any) -> Any:
    """What is wrong with the JSON type of what was said for `field`, nested as its lists and objects are.

    Returns:
        Falsy where nothing is; that a field is empty, or may not be, is the field's own to say.
    """
    if said is None or isinstance(field, serializers.BaseSerializer):  # a serializer reads its own fields
        return None
    child = getattr(field, "child", None)
    if child is not None and isinstance(said, dict):
        return {name: wrong for name, inner in said.items() if (wrong := mistyped(child, inner))}
    if child is not None and isinstance(said, list):
        found = [mistyped(child, inner) or {} for inner in said]
        return found if any(found) else None
    return None if child is not None else _sentence(field, said)


def _sentence(field: serializers.Field, said: Any) -> list[str] | None:
    if isinstance(field, serializers.CharField):
        right, sentence = isinstance(said, getattr(field, "json_types", str)), TEXT
    elif isinstance(field, serializers.BooleanField):
        right, sentence = isinstance(said, bool), FLAG
    elif isinstance(field, serializers.IntegerField):
        right, sentence = _is_number(said) and float(said).is_integer(), WHOLE
    elif isinstance(field, serializers.FloatField):
        right, sentence = _is_number(said), NUMBER
    else:
        return None
    return None if right else [sentence]


def _is_number(said: Any) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool)
