"""A text as a typed document, with a problem for every line that has to be mended."""

import difflib
from collections.abc import Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from apps.core.written.reading import Path, Problem, Text, Unreadable, named

D = TypeVar("D", bound=BaseModel)

_SENTENCES = {
    "missing": "This is needed here and isn't there.",
    "string_type": "This must be text; put it in quotes if it looks like a number.",
    "int_type": "This must be a whole number.",
    "float_type": "This must be a number.",
    "bool_type": "This must be true or false.",
    "list_type": "This must be a list: one item a line, each beginning with a dash.",
    "dict_type": "This must be a mapping: name, colon, value.",
    "model_type": "This must be a mapping: name, colon, value.",
    "finite_number": "This must be a finite number.",
}


def typed(text: Text, kind: type[D]) -> D:
    """What `text` says, as a `kind`.

    Raises:
        Unreadable: with a problem for every line that has to be mended.
    """
    try:
        return kind.model_validate(text.data)
    except ValidationError as error:
        raise Unreadable(*mistakes(error, text, kind)) from None


def mistakes(error: ValidationError, text: Text, kind: type[BaseModel]) -> Iterator[Problem]:
    """What a typed document's refusal says, line by line."""
    seen: set[tuple[Path, str]] = set()
    for found in error.errors(include_url=False):
        path = _path_in(text.data, found)
        message = _sentence(found, kind)
        if (path, message) not in seen:
            seen.add((path, message))
            line, column = text.spot(path)
            yield Problem(line, column, named(path), message)


def _path_in(data: Any, found: Any) -> Path:
    """Where it is, without the names of union branches that pydantic puts there: only what stands in the text."""
    path: list[str | int] = []
    loc, absent = found["loc"], found["type"] == "missing"
    for place, part in enumerate(loc):
        if isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        elif isinstance(data, dict) and isinstance(part, str):
            if part not in data and not (absent and place == len(loc) - 1):
                continue
            data = data.get(part)
        else:
            continue
        path.append(part)
    if found["type"].startswith("union_tag"):
        path.append(found["ctx"]["discriminator"].strip("'"))
    return tuple(path)


def _sentence(found: Any, kind: type[BaseModel]) -> str:
    name, context = found["type"], found.get("ctx", {})
    if name == "value_error":
        return str(context["error"])
    if name == "extra_forbidden":
        return _unknown_field(str(found["loc"][-1]), kind)
    if name == "union_tag_not_found":
        return _SENTENCES["missing"]
    if name == "union_tag_invalid":
        return f"This must be one of {context['expected_tags']}."
    if name in ("literal_error", "enum"):
        return f"This must be one of {context['expected'].replace(' or ', ', ')}."
    if name == "string_pattern_mismatch":
        return "This must be a word in small letters, digits and underscores."
    return _SENTENCES.get(name) or f"{found['msg']}."


def _unknown_field(name: str, kind: type[BaseModel]) -> str:
    near = difflib.get_close_matches(name, sorted(_fields(kind)), n=1, cutoff=0.7)
    guess = f" Did you mean “{near[0]}”?" if near else ""
    return f"“{name}” isn't a field here.{guess}"


def _fields(model: Any, known: set[Any] | None = None) -> set[str]:
    """The names of all fields of `model` and of what it is made of."""
    known = set() if known is None else known
    if model in known:
        return set()
    known.add(model)
    if isinstance(model, type) and issubclass(model, BaseModel):
        inner = model.model_fields.items()
        names = {field.alias or name for name, field in inner}
        return names.union(*(_fields(field.annotation, known) for _, field in inner))
    return set().union(
        *(_fields(part, known) for part in get_args(model) if isinstance(part, type) or get_args(part))
    )
