"""A text as a feature view, with a problem for every line that has to be mended."""

import re

from apps.core.written import Problem, Text, Unreadable, read_text, typed
from apps.features.definitions.shapes import ViewDefinition

# Why a view without its times is refused: it is the one omission that lets the future into a training set.
TIMES = {
    "event_time": "Name the column of the moment that a row tells of: without it nothing keeps the future out.",
    "created_time": (
        "Name the column of the moment from which a row was known: without it nothing keeps the future out. "
        "Where a row is known as it happens, that is the event time's column."
    ),
}
SOURCE = re.compile(r"[A-Z]+-\d+")


def read_view(source: str | bytes) -> tuple[ViewDefinition, Text]:
    """Read a feature view, and where each part of it stands.

    Raises:
        Unreadable: with a problem for every line that has to be mended.
    """
    text = read_text(source, "feature view")
    if not isinstance(text.data, dict):
        raise Unreadable(Problem(1, 1, "", "A feature view is a mapping that begins with its name and its entity."))
    missing = [Problem(1, 1, name, why) for name, why in TIMES.items() if text.data.get(name) is None]
    try:
        view = typed(text, ViewDefinition)
    except Unreadable as refused:
        said = [problem for problem in refused.problems if problem.field not in TIMES or not missing]
        raise Unreadable(*missing, *said) from None
    if not SOURCE.fullmatch(view.source):
        raise Unreadable(Problem(*text.spot(("source",)), "source", "Name a dataset by its reference: DS-0001."))
    return view, text
