"""A person's text as a feature view that can stand over its source: what is asked before any act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.accounts.models import User
from apps.core.errors import BadInput
from apps.core.written import Problem, Text, Unreadable
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.selectors.tables import table_path
from apps.features.definitions import ViewDefinition, read_view
from apps.features.models import FeatureView
from apps.features.statements.checking import require_sound

if TYPE_CHECKING:
    import pyarrow as pa


class ViewUnreadable(BadInput):
    """The text isn't a feature view; `problems` point at lines, `errors` tells the same by field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        errors: dict[str, list[str]] = {}
        for problem in problems:
            errors.setdefault(problem.field or "text", []).append(f"Line {problem.line}: {problem.message}")
        super().__init__(errors=errors)
        self.problems = list(problems)


@dataclass(frozen=True)
class Written:
    """A text that may become a version.

    Attributes:
        owners: the people by the address that the text names, the view's owner under "".
    """

    definition: ViewDefinition
    source: Dataset
    owners: dict[str, User]


def read(text: str | bytes, *, actor: User, author: User | None = None, view: FeatureView | None = None) -> Written:
    """`text` as a view whose source `actor` may know of, and whose SQL can stand over it.

    Args:
        author: whose it is where it names no owner; `actor` by default.
        view: whose next version it is to be; it keeps its source.

    Raises:
        ViewUnreadable: with every line that has to be mended.
    """
    try:
        definition, spots = read_view(text)
        source = _source(definition, spots, actor, view)
        people, problems = _people(definition, spots, author or actor)
        require_sound(definition, spots, schema_of(_newest(source, spots)))
        if problems:
            raise Unreadable(*problems)
    except Unreadable as refused:
        raise ViewUnreadable(refused.problems) from None
    return Written(definition, source, people)


def schema_of(version: DatasetVersion) -> pa.Schema:
    """The columns of a version as they are stored."""
    import pyarrow.parquet as pq

    return pq.read_schema(table_path(version))


def newest_version(source: Dataset) -> DatasetVersion | None:
    """The newest version whose rows are still here."""
    rows: Any = source.versions
    found: DatasetVersion | None = rows.kept().order_by("-number").first()
    return found


def _source(definition: ViewDefinition, text: Text, actor: User, view: FeatureView | None) -> Dataset:
    if view is not None and definition.source != view.source.reference:
        raise _problem(text, "source", f"{view.reference} is made of {view.source.reference}, and stays so.")
    found = Dataset.objects.visible_to(actor).filter(reference=definition.source).first()
    if found is None:
        raise _problem(text, "source", f"There is no dataset {definition.source} here.")
    return found


def _newest(source: Dataset, text: Text) -> DatasetVersion:
    found = newest_version(source)
    if found is None:
        raise _problem(text, "source", f"{source.reference} has no version yet, so its columns aren't known.")
    return found


def _people(definition: ViewDefinition, text: Text, author: User) -> tuple[dict[str, User], list[Problem]]:
    """The people that the text names, by address; the view's owner is `author` unless it names another."""
    named = dict(_addresses(definition))
    people = User.objects.filter(email__in=set(named.values()), is_active=True)
    known = {person.email: person for person in people}
    problems = [
        Problem(*text.spot(path), _field(path), f"There is nobody with the address {address} here.")
        for path, address in named.items()
        if address not in known
    ]
    owner = known.get(definition.owner or "", author)
    return {**known, "": owner}, problems


def _addresses(definition: ViewDefinition) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if definition.owner is not None:
        yield ("owner",), definition.owner
    for place, feature in enumerate(definition.features):
        if feature.owner is not None:
            yield ("features", place, "owner"), feature.owner


def _field(path: tuple[str | int, ...]) -> str:
    return "owner" if len(path) == 1 else f"features[{path[1]}].owner"


def _problem(text: Text, field: str, message: str) -> Unreadable:
    return Unreadable(Problem(*text.spot((field,)), field, message))
