"""What the framework refuses by itself, in sentences that say what to do."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import exceptions

NOT_FOUND = "There is nothing here, or you may not see it."
NOT_SIGNED_IN = "Send “Authorization: Token …”. POST tokens/ gives you one for your password."
OBJECT = "This must be an object."
STOCK = (
    (re.compile(r"Invalid data\. Expected a dictionary.*|Expected a dictionary of items.*"), OBJECT),
    (re.compile(r"No data provided"), OBJECT),
    (re.compile(r"Expected a list of items.*"), "This must be a list."),
    (re.compile(r"Object with \w+=(?P<what>.*) does not exist\."), "There is no “{what}”."),
    (re.compile(r"The submitted data was not a file.*"), "This must be a file, sent as multipart/form-data."),
    (re.compile(r"No file was submitted\."), "Send a file here, as multipart/form-data."),
)


def in_our_words(sentence: str) -> str:
    """A stock sentence about a field, reworded where it speaks of the framework and not of what was sent."""
    for pattern, ours in STOCK:
        if found := pattern.fullmatch(sentence):
            return ours.format(**found.groupdict())
    return sentence


def refusal(error: Exception, context: Mapping[str, Any]) -> str:
    """The sentence of a refusal of the framework's.

    Args:
        context: the view and its request, as the framework hands them to its exception handler.
    """
    view = context.get("view")
    if isinstance(error, exceptions.NotAuthenticated):
        return NOT_SIGNED_IN
    if isinstance(error, exceptions.MethodNotAllowed) and view is not None:
        return f"{context['request'].method} can't be done here; what can: {', '.join(view.allowed_methods)}."
    if isinstance(error, exceptions.UnsupportedMediaType) and view is not None:
        return f"Send the body as {_listed(parser.media_type for parser in view.get_parsers())}."
    if isinstance(error, exceptions.NotAcceptable) and view is not None:
        return f"This can be had as {_listed(renderer.media_type for renderer in view.get_renderers())}."
    told = str(getattr(error, "detail", "") or error)
    return NOT_FOUND if not told or told.endswith("matches the given query.") else told


def _listed(types: Any) -> str:
    return " or ".join(dict.fromkeys(kind for kind in types if kind))
