"""From a text in the Open Data Contract Standard to terms, or to every line that has to be mended."""

from __future__ import annotations

from typing import Any

from apps.core.written import Problem, Text, Unreadable, read_text, typed
from apps.datasets.contracts import limits
from apps.datasets.contracts.agreements import add_agreements, add_relationship
from apps.datasets.contracts.contradictions import add_contradictions
from apps.datasets.contracts.documents import MAX_CHECKS, Document, Property
from apps.datasets.contracts.drafting import Drafting, Path
from apps.datasets.contracts.evolution import Compatibility
from apps.datasets.contracts.queries import add_queries
from apps.datasets.contracts.rules import add_rule
from apps.datasets.contracts.terms import NONE, Field, Kind, Terms
from apps.datasets.contracts.values import TYPES
from apps.datasets.intake.columns import INTEGER

COMPATIBILITY = "compatibility"


def read_contract(source: str | bytes, *, table: str = "") -> tuple[Terms, dict[str, Any]]:
    """The terms of a contract, and the whole document as it was written.

    Args:
        source: YAML or JSON.
        table: which object of its schema is meant, where it has several.

    Raises:
        Unreadable: with a problem for every line that has to be mended.
    """
    text = read_text(source, "contract")
    document = typed(text, Document)
    at = _place(text, document, table)
    chosen = document.tables[at]
    draft = Drafting(text, chosen, ("schema", at))
    _add_fields(draft)
    for place in range(len(chosen.properties)):
        _add_property(draft, *draft.property_at(place))
    _add_key(draft)
    for place, rule in enumerate(chosen.quality):
        add_rule(draft, rule, (*draft.at, "quality", place), None)
    for place, relationship in enumerate(chosen.relationships):
        add_relationship(draft, relationship, (*draft.at, "relationships", place), None)
    add_agreements(draft, document)
    if len(draft.checks) > MAX_CHECKS:
        draft.no(draft.at, f"A contract has at most {MAX_CHECKS} checks; this has {len(draft.checks)}.")
    compatibility = _compatibility(draft, document)
    add_contradictions(draft)
    add_queries(draft)
    if draft.problems:
        raise Unreadable(*draft.problems)
    fields = tuple(draft.fields.values())
    terms = Terms(chosen.name, document.version, compatibility, fields, draft.finished(), tuple(draft.kept))
    return terms, text.data


def _place(text: Text, document: Document, table: str) -> int:
    names = [entry.name for entry in document.tables]
    called = [at for at, entry in enumerate(document.tables) if not table or table in entry.called]
    if len(called) == 1:
        return called[0]
    line, column = text.spot(("schema",))
    if not names:
        said = "There is no table under “schema”. Write one, with its columns as properties."
    elif not called:
        said = f"There is no table “{table}” under “schema”; there are: {', '.join(names)}."
    else:
        said = f"Say which of its tables this dataset is: {', '.join(names)}."
    raise Unreadable(Problem(line, column, "schema", said))


def _add_fields(draft: Drafting) -> None:
    columns: dict[str, int] = {}
    for at, entry in enumerate(draft.table.properties):
        place = (*draft.at, "properties", at)
        if entry.semantic_type == "measure":
            draft.keep(place, f"The measure “{entry.name}”", "It is computed, and no column of the table.")
            continue
        if entry.name in draft.fields or entry.column in columns:
            draft.no((*place, "name"), f"The column “{entry.column}” stands here twice.")
            continue
        columns[entry.column] = at
        draft.fields[entry.name] = _field(draft, entry, place)


def _field(draft: Drafting, entry: Property, place: Path) -> Field:
    type_ = entry.logical_type
    if type_ is not None and type_ not in TYPES:
        draft.no((*place, "logicalType"), f"“{type_}” isn't a type of a column here; there are: {', '.join(TYPES)}.")
        type_ = None
    if entry.primary_key and entry.required is False:
        draft.no((*place, "required"), f"“{entry.name}” is part of the key, so it can't be left out.")
    said = entry.description if isinstance(entry.description, str) else ""
    required = bool(entry.required or entry.primary_key)
    return Field(entry.column, type_, required, entry.primary_key, entry.id, said)


def _add_property(draft: Drafting, entry: Property, place: Path) -> None:
    field = draft.fields.get(entry.name)
    if field is None or entry.semantic_type == "measure":
        return
    only = (field.name,)
    if field.required:
        at = (*place, "required" if entry.required else "primaryKey")
        draft.add(Kind.NOT_NULL, NONE, at, name=None, otherwise=f"{field.name} not null", columns=only)
    if entry.unique:
        at = (*place, "unique")
        draft.add(Kind.UNIQUE, NONE, at, name=None, otherwise=f"{field.name} unique", columns=only)
    _add_options(draft, entry, field, place)
    _add_enum(draft, entry, field, (*place, "enum"))
    for number, rule in enumerate(entry.quality):
        add_rule(draft, rule, (*place, "quality", number), field)
    for number, relationship in enumerate(entry.relationships):
        add_relationship(draft, relationship, (*place, "relationships", number), field)


def _add_options(draft: Drafting, entry: Property, field: Field, place: Path) -> None:
    at = (*place, "logicalTypeOptions")
    said = entry.logical_type_options.model_dump(by_alias=True, exclude_none=True)
    only = (field.name,)
    for read, what in ((limits.bounds, "in its range"), (limits.lengths, "has its length")):
        found = read(draft, field, said, at)
        if found is not None:
            draft.add(
                Kind.RANGE, NONE, at, name=None, otherwise=f"{field.name} {what}", columns=only, arguments=found
            )
    if entry.logical_type_options.pattern is not None:
        expression = limits.pattern(draft, field, entry.logical_type_options.pattern, (*at, "pattern"))
        if expression is not None:
            name, arguments = f"{field.name} has its form", {"pattern": expression}
            place = (*at, "pattern")
            draft.add(Kind.REGEX, NONE, place, name=None, otherwise=name, columns=only, arguments=arguments)
    _add_multiples(draft, entry, field, (*at, "multipleOf"))


def _add_multiples(draft: Drafting, entry: Property, field: Field, place: Path) -> None:
    step = entry.logical_type_options.multiple_of
    if step is None:
        return
    if field.type == INTEGER and step == int(step) and step > 0:
        name, arguments = f"{field.name} a multiple of {int(step)}", {"multipleOf": int(step)}
        only = (field.name,)
        draft.add(Kind.RANGE, NONE, place, name=None, otherwise=name, columns=only, arguments=arguments)
    elif step <= 0:
        draft.no(place, "Values can be multiples of a number above zero only.")
    else:
        draft.keep(place, f"“{field.name}” a multiple of {step:g}", "Only whole numbers have exact multiples.")


def _add_enum(draft: Drafting, entry: Property, field: Field, place: Path) -> None:
    if entry.enum is None:
        return
    members = [item.value for item in entry.enum if item.value is not None]
    found = limits.values(draft, field, members, place)
    if found is not None:
        arguments = {"values": found}
        name = f"{field.name} in its set"
        draft.add(Kind.SET, NONE, place, name=None, otherwise=name, columns=(field.name,), arguments=arguments)


def _add_key(draft: Drafting) -> None:
    """The primary key, of one column or several in their positions."""
    keys = [(entry.primary_key_position, at, entry) for at, entry in enumerate(draft.table.properties)]
    keys = [key for key in keys if key[2].primary_key and key[2].name in draft.fields]
    if not keys:
        return
    keys.sort(key=lambda key: key[:2])
    names = tuple(draft.fields[entry.name].name for _, _, entry in keys)
    place = (*draft.at, "properties", keys[0][1], "primaryKey")
    draft.add(Kind.UNIQUE, NONE, place, name=None, otherwise=f"{' and '.join(names)} unique", columns=names)


def _compatibility(draft: Drafting, document: Document) -> str:
    for holder, path in ((draft.table, draft.at), (document, ())):
        for at, entry in enumerate(holder.custom_properties):
            if entry.property == COMPATIBILITY:
                return _mode(draft, entry.value, (*path, "customProperties", at, "value"))
    return Compatibility.BACKWARD


def _mode(draft: Drafting, said: Any, place: Path) -> str:
    if said in list(Compatibility):
        return str(said)
    draft.no(place, f"Compatibility is one of {', '.join(Compatibility)}.")
    return Compatibility.BACKWARD
