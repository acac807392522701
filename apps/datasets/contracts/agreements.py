"""What stands outside of `quality` and is checked all the same: agreements on freshness, and relationships."""

from __future__ import annotations

from apps.datasets.contracts.documents import Agreement, Document, Relationship
from apps.datasets.contracts.drafting import Drafting, Path
from apps.datasets.contracts.rules import columns_of, require_target
from apps.datasets.contracts.terms import NONE, Expectation, Field, Kind, Severity
from apps.datasets.intake.columns import DATE, TIMESTAMP

FRESHNESS = ("latency", "ly", "freshness", "fr")
_SECONDS = {
    ("s", "sec", "second", "seconds"): 1,
    ("m", "min", "minute", "minutes"): 60,
    ("h", "hr", "hour", "hours"): 3_600,
    ("d", "day", "days"): 86_400,
    ("w", "week", "weeks"): 604_800,
    ("y", "yr", "year", "years"): 31_536_000,
}
SECONDS = {word: seconds for words, seconds in _SECONDS.items() for word in words}


def add_agreements(draft: Drafting, document: Document) -> None:
    """Freshness as agreed in `slaProperties`; other agreements are kept."""
    for at, agreement in enumerate(document.sla_properties):
        place = ("slaProperties", at)
        if agreement.property.casefold() not in FRESHNESS:
            draft.keep(place, f"The agreement “{agreement.property}”", "It is no property of a table.")
            continue
        _add_agreement(draft, agreement, place, agreement.element or document.sla_default_element)


def _add_agreement(draft: Drafting, agreement: Agreement, place: Path, element: str | None) -> None:
    if element is None:
        draft.no(place, "Say which column tells how fresh the table is: element: table.column.")
        return
    table, dot, name = element.rpartition(".")
    if dot and table not in draft.table.called:
        draft.keep(place, f"The agreement “{agreement.property}” on {element}", "It is of another table.")
        return
    column = draft.column(name, (*place, "element"))
    value = agreement.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        draft.no((*place, "value"), "This must be a number of days, hours, minutes or seconds.")
    elif column is not None:
        severity = draft.severity(agreement.custom("severity"), place)
        add_freshness(draft, place, column, value, agreement.unit, name=None, severity=severity, at=place)


def add_freshness(
    draft: Drafting,
    place: Path,
    column: Field,
    value: float,
    unit: str | None,
    *,
    name: str | None,
    severity: Severity,
    at: Path,
) -> None:
    """Add that a column's newest moment is at most so old.

    Args:
        at: where value and unit stand, for what is wrong with them.
    """
    seconds = SECONDS.get((unit or "").casefold())
    if column.type not in (None, DATE, TIMESTAMP):
        draft.no(at, f"“{column.name}” is {column.type}; only dates and moments tell how fresh a table is.")
    elif seconds is None:
        draft.no((*at, "unit"), "The unit is d, h, min or s (days, hours, minutes, seconds), w or y.")
    elif value < 0:
        draft.no((*at, "value"), "A limit is not below zero.")
    else:
        expects = Expectation("at_most", (value * seconds,), "seconds")
        draft.add(
            Kind.FRESHNESS,
            expects,
            place,
            name=name,
            otherwise=f"{column.name} fresh",
            severity=severity,
            columns=(column.name,),
        )


def add_relationship(draft: Drafting, relationship: Relationship, place: Path, column: Field | None) -> None:
    """A reference to another dataset, which the custom property `dataset` names; without it, it is kept."""
    dataset = relationship.custom("dataset")
    if dataset is None:
        draft.keep(
            place, "A relationship", "It names no dataset of this installation in a custom property “dataset”."
        )
        return
    to = [_last(part) for part in _listed(relationship.to)]
    named = [_last(part) for part in _listed(relationship.from_)] if relationship.from_ else None
    found = columns_of(draft, named, (*place, "from")) if named else [column] if column else []
    if found is None:
        return
    columns = tuple(entry.name for entry in found)
    if require_target(draft, place, dataset, to, columns):
        draft.add(
            Kind.REFERENTIAL,
            NONE,
            place,
            name=None,
            otherwise=f"{', '.join(columns)} in {dataset}",
            severity=draft.severity(relationship.custom("severity"), place),
            columns=columns,
            arguments={"dataset": dataset, "to": to},
        )


def _listed(said: str | list[str] | None) -> list[str]:
    return said if isinstance(said, list) else [said] if said else []


def _last(reference: str) -> str:
    """The column at a reference's end: people.id, or schema/people/properties/id."""
    return reference.replace("/", ".").rpartition(".")[2]
