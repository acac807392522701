"""The kinds of policy, and reading a text into one of them with errors that point at lines."""

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from apps.policies.rules.deadlines import FindingDeadlines
from apps.policies.rules.gates import GatePolicy
from apps.policies.rules.monitoring import MonitoringLimits
from apps.policies.rules.reading import Path, Problem, Text, Unreadable, named, read_text
from apps.policies.rules.routes import ApprovalRoute
from apps.policies.rules.tiering import TieringMethod

Policy = GatePolicy | TieringMethod | ApprovalRoute | MonitoringLimits | FindingDeadlines

KINDS: dict[str, type[Policy]] = {
    "gate_policy": GatePolicy,
    "tiering_method": TieringMethod,
    "approval_route": ApprovalRoute,
    "monitoring_limits": MonitoringLimits,
    "finding_deadlines": FindingDeadlines,
}
TITLES = {
    "gate_policy": "Gate policy",
    "tiering_method": "Tiering method",
    "approval_route": "Approval route",
    "monitoring_limits": "Monitoring limits",
    "finding_deadlines": "Finding deadlines",
}
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


def read_policy(source: str | bytes) -> Policy:
    """Read a policy of whichever kind it says it is.

    Raises:
        Unreadable: with a problem for every line that has to be mended.
    """
    text = read_text(source)
    if not isinstance(text.data, dict):
        raise Unreadable(Problem(1, 1, "", "A policy is a mapping that begins with its kind and its name."))
    kind = text.data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        line, column = text.spot(("kind",))
        raise Unreadable(Problem(line, column, "kind", f"Say which kind this is: {', '.join(KINDS)}."))
    try:
        return KINDS[kind].model_validate(text.data)
    except ValidationError as error:
        raise Unreadable(*_problems(error, text, KINDS[kind])) from None


def _problems(error: ValidationError, text: Text, kind: type[Policy]) -> Iterator[Problem]:
    seen: set[tuple[Path, str]] = set()
    for found in error.errors(include_url=False):
        path = _path_in(text.data, found["loc"])
        message = _sentence(found, kind)
        if (path, message) not in seen:
            seen.add((path, message))
            line, column = text.spot(path)
            yield Problem(line, column, named(path), message)


def _path_in(data: Any, loc: tuple[str | int, ...]) -> Path:
    """`loc` without the names of union branches that pydantic puts into it: only what stands in the text."""
    path: list[str | int] = []
    for place, part in enumerate(loc):
        if isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        elif isinstance(data, dict) and isinstance(part, str) and (part in data or place == len(loc) - 1):
            data = data.get(part)
        else:
            continue
        path.append(part)
    return tuple(path)


def _sentence(found: Any, kind: type[Policy]) -> str:
    name, context = found["type"], found.get("ctx", {})
    if name == "value_error":
        return str(context["error"])
    if name == "extra_forbidden":
        return _unknown_field(str(found["loc"][-1]), kind)
    if name in ("literal_error", "enum"):
        return f"This must be one of {context['expected'].replace(' or ', ', ')}."
    if name == "string_pattern_mismatch":
        return "This must be a word in small letters, digits and underscores."
    return _SENTENCES.get(name) or f"{found['msg']}."


def _unknown_field(name: str, kind: type[Policy]) -> str:
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
