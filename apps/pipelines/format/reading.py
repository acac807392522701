"""A text as a pipeline, or everything that has to be mended in it, by line and field."""

from apps.core.written import Problem, Unreadable, named, read_text, typed
from apps.pipelines.format.document import Definition
from apps.pipelines.format.graph import faults


def read_pipeline(source: str | bytes) -> Definition:
    """Read a pipeline's YAML (or JSON).

    Raises:
        Unreadable: with a problem for every line that has to be mended.
    """
    text = read_text(source, "pipeline")
    if not isinstance(text.data, dict):
        raise Unreadable(Problem(1, 1, "", "A pipeline is a mapping that begins with its name and its model."))
    definition = typed(text, Definition)
    problems = [Problem(*text.spot(path), named(path), sentence) for path, sentence in faults(definition)]
    if problems:
        raise Unreadable(*problems)
    return definition
