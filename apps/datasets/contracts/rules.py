"""The entries of `quality`, each as a check: the library's metrics, SQL, and kinds of ours where it has none."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from apps.core.written import mistakes
from apps.datasets.contracts import limits
from apps.datasets.contracts.documents import Number, Rule
from apps.datasets.contracts.drafting import Drafting, Path
from apps.datasets.contracts.expecting import expectation, impossible
from apps.datasets.contracts.terms import NONE, Expectation, Field, Kind

ENGINE = "quaestor"
VERSION = re.compile(r"DS-\d+@\d+")
DATASET = re.compile(r"DS-\d+")
ARGUMENTS = {
    "nullValues": (),
    "missingValues": ("missingValues",),
    "invalidValues": ("validValues", "pattern", *limits.BOUNDS, *limits.LENGTHS),
    "duplicateValues": ("properties",),
    "rowCount": (),
}
MAX_KEYS = 8


class Implementation(BaseModel):
    """A check of ours inside a `custom` rule, for what the standard's library doesn't have."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    check: Literal["distribution", "referential", "freshness", "sql"]
    column: str | None = None
    columns: list[str] | None = None
    against: str | None = None
    measure: Literal["psi", "ks"] = "psi"
    dataset: str | None = None
    to: list[str] | None = None
    failing_rows: str | None = None
    at_most: Number | None = None
    unit: str | None = None


def add_rule(draft: Drafting, rule: Rule, place: Path, column: Field | None) -> None:
    """Add what a rule says; `column` is the property it stands under, None for the table itself."""
    if rule.type == "text":
        draft.keep(place, rule.name or "A rule in words", "It is text for people.")
    elif rule.type == "sql":
        _sql(draft, rule, place, column)
    elif rule.type == "custom":
        _custom(draft, rule, place, column)
    elif not rule.measured:
        draft.no(place, f"Say what is measured: metric, one of {', '.join(ARGUMENTS)}.")
    else:
        _library(draft, rule, place, column)


def _library(draft: Drafting, rule: Rule, place: Path, column: Field | None) -> None:
    unknown = [name for name in rule.arguments if name not in ARGUMENTS[rule.measured]]
    for name in unknown:
        draft.no((*place, "arguments", name), f"{rule.measured} has no argument “{name}”.")
    expects = expectation(draft, rule, place)
    if unknown or expects is None:
        return
    if rule.measured == "rowCount":
        _row_count(draft, rule, place, expects)
    elif rule.measured == "duplicateValues":
        _duplicates(draft, rule, place, column, expects)
    elif column is None:
        draft.no((*place, "metric"), f"{rule.measured} is of one column; write it under that column's properties.")
    elif rule.measured == "invalidValues":
        _invalid(draft, rule, place, column, expects)
    else:
        _missing(draft, rule, place, column, expects)


def _missing(draft: Drafting, rule: Rule, place: Path, column: Field, expects: Expectation) -> None:
    listed = rule.arguments.get("missingValues")
    words: list[Any] = []
    if rule.measured == "missingValues":
        if not isinstance(listed, list):
            draft.no((*place, "arguments"), "Say which values are missing ones: missingValues: [null, '', 'N/A'].")
            return
        present = [item for item in listed if item is not None]
        found = limits.values(draft, column, present, (*place, "arguments", "missingValues")) if present else []
        if found is None:
            return
        words = found
    _add(draft, rule, place, Kind.NOT_NULL, expects, (column.name,), f"{column.name} not null", {"missing": words})


def _invalid(draft: Drafting, rule: Rule, place: Path, column: Field, expects: Expectation) -> None:
    said, at = rule.arguments, (*place, "arguments")
    groups = [
        group for group in (("validValues",), ("pattern",), limits.BOUNDS, limits.LENGTHS) if set(group) & set(said)
    ]
    if len(groups) != 1:
        what = "Say what is valid" if not groups else "Say one thing in a rule, and write a rule for each other"
        draft.no(
            at if groups else place, f"{what}: validValues, pattern, minimum and maximum, or minLength and maxLength."
        )
        return
    columns = (column.name,)
    if "validValues" in said:
        members = limits.values(draft, column, said["validValues"], (*at, "validValues"))
        if members is not None:
            _add(draft, rule, place, Kind.SET, expects, columns, f"{column.name} in its set", {"values": members})
    elif "pattern" in said:
        expression = limits.pattern(draft, column, said["pattern"], (*at, "pattern"))
        if expression is not None:
            arguments = {"pattern": expression}
            _add(draft, rule, place, Kind.REGEX, expects, columns, f"{column.name} has its form", arguments)
    else:
        read = limits.bounds if groups[0] == limits.BOUNDS else limits.lengths
        found = read(draft, column, said, at)
        if found is not None:
            _add(draft, rule, place, Kind.RANGE, expects, columns, f"{column.name} in its range", found)


def _duplicates(draft: Drafting, rule: Rule, place: Path, column: Field | None, expects: Expectation) -> None:
    listed, at = rule.arguments.get("properties"), (*place, "arguments", "properties")
    if listed is None and column is None:
        draft.no(place, "Say which columns together: arguments: properties: [a, b].")
        return
    found = [column] if listed is None and column else columns_of(draft, listed, at)
    if found is None:
        return
    key = tuple(entry.name for entry in found)
    _add(draft, rule, place, Kind.UNIQUE, expects, key, f"{' and '.join(key)} unique")


def columns_of(draft: Drafting, names: Any, place: Path) -> list[Field] | None:
    """The columns of a list of names; None where one isn't there, stands twice, or there are too many."""
    if not isinstance(names, list) or not 0 < len(names) <= MAX_KEYS:
        draft.no(place, f"This must be a list of 1 to {MAX_KEYS} columns.")
        return None
    found = [draft.column(name, (*place, at)) for at, name in enumerate(names)]
    if any(entry is None for entry in found):
        return None
    if len({entry.name for entry in found if entry}) < len(found):
        draft.no(place, "A column stands here twice.")
        return None
    return [entry for entry in found if entry]


def _row_count(draft: Drafting, rule: Rule, place: Path, expects: Expectation) -> None:
    if expects.unit != "rows":
        draft.no((*place, "unit"), "A number of rows is in rows, not in percent.")
        return
    _add(draft, rule, place, Kind.ROW_COUNT, expects, (), "number of rows")


def _sql(draft: Drafting, rule: Rule, place: Path, column: Field | None) -> None:
    expects = expectation(draft, rule, place, bare=True)
    if not rule.query or not rule.query.strip():
        draft.no(place, "Write the query: one SELECT that gives one value.")
    elif expects is not None:
        columns = () if column is None else (column.name,)
        _add(draft, rule, place, Kind.SQL, expects, columns, "query", {"query": rule.query, "gives": "value"})


def _custom(draft: Drafting, rule: Rule, place: Path, column: Field | None) -> None:
    if rule.engine != ENGINE:
        draft.keep(place, rule.name or f"A rule for {rule.engine}", f"It is for the engine {rule.engine}.")
        return
    at = (*place, "implementation")
    try:
        ours = Implementation.model_validate(rule.implementation)
    except ValidationError as error:
        inner = type(draft.text)(rule.implementation, {(): draft.text.spot(at)})
        for problem in mistakes(error, inner, Implementation):
            draft.no((*at, *problem.field.split(".")) if problem.field else at, problem.message)
        return
    names = ours.columns or ([ours.column] if ours.column else None)
    found = [column] if names is None and column else columns_of(draft, names, (*at, "columns")) if names else []
    if found is not None:
        _OURS[ours.check](draft, rule, place, ours, tuple(entry.name for entry in found if entry))


def _limit(
    draft: Drafting, ours: Implementation, at: Path, unit: str, otherwise: Expectation | None
) -> Expectation | None:
    if ours.at_most is None:
        if otherwise is None:
            draft.no(at, "Say the limit: atMost.")
        return otherwise
    found = Expectation("at_most", (ours.at_most,), unit)
    fault = impossible(found) or ("A limit is not below zero." if ours.at_most < 0 else None)
    if fault:
        draft.no((*at, "atMost"), fault)
        return None
    return found


def _distribution(draft: Drafting, rule: Rule, place: Path, ours: Implementation, columns: tuple[str, ...]) -> None:
    at = (*place, "implementation")
    expects = _limit(draft, ours, at, "", None)
    if len(columns) != 1:
        draft.no(at, "A distribution is of one column.")
    elif ours.against is None or not VERSION.fullmatch(ours.against):
        draft.no((*at, "against"), "Say which version it is compared with, such as DS-0001@1.")
    elif expects is not None:
        arguments = {"against": ours.against, "measure": ours.measure}
        name = f"{columns[0]} like {ours.against}"
        _add(draft, rule, place, Kind.DISTRIBUTION, expects, columns, name, arguments)


def _referential(draft: Drafting, rule: Rule, place: Path, ours: Implementation, columns: tuple[str, ...]) -> None:
    at = (*place, "implementation")
    unit = "percent" if ours.unit in ("percent", "%") else "rows"
    expects = _limit(draft, ours, at, unit, NONE)
    if expects is not None and require_target(draft, at, ours.dataset, ours.to or list(columns), columns):
        arguments = {"dataset": ours.dataset, "to": list(ours.to or columns)}
        _add(
            draft,
            rule,
            place,
            Kind.REFERENTIAL,
            expects,
            columns,
            f"{', '.join(columns)} in {ours.dataset}",
            arguments,
        )


def require_target(draft: Drafting, at: Path, dataset: Any, to: list[str], columns: tuple[str, ...]) -> bool:
    """Whether a reference says where it leads; what is missing is noted."""
    if not isinstance(dataset, str) or not DATASET.fullmatch(dataset):
        draft.no((*at, "dataset"), "Say which dataset it refers to, such as DS-0002.")
    elif not columns:
        draft.no(at, "Say which columns refer to it.")
    elif len(to) != len(columns):
        draft.no((*at, "to"), f"{len(columns)} columns can't refer to {len(to)}.")
    else:
        return True
    return False


def _freshness(draft: Drafting, rule: Rule, place: Path, ours: Implementation, columns: tuple[str, ...]) -> None:
    from apps.datasets.contracts.agreements import add_freshness

    at = (*place, "implementation")
    if len(columns) != 1 or ours.at_most is None:
        draft.no(at, "Freshness needs a column and atMost, with its unit (d, h, min, s).")
        return
    column = next(entry for entry in draft.fields.values() if entry.name == columns[0])
    severity = draft.severity(rule.severity, (*place, "severity"))
    add_freshness(draft, place, column, ours.at_most, ours.unit, name=rule.name, severity=severity, at=at)


def _failing(draft: Drafting, rule: Rule, place: Path, ours: Implementation, columns: tuple[str, ...]) -> None:
    at = (*place, "implementation")
    expects = _limit(draft, ours, at, "percent" if ours.unit in ("percent", "%") else "rows", NONE)
    if not ours.failing_rows:
        draft.no(at, "Write failingRows: one SELECT that gives the rows that fail.")
    elif expects is not None:
        arguments = {"query": ours.failing_rows, "gives": "rows"}
        _add(draft, rule, place, Kind.SQL, expects, columns, "query", arguments)


def _add(
    draft: Drafting,
    rule: Rule,
    place: Path,
    kind: Kind,
    expects: Expectation,
    columns: tuple[str, ...],
    otherwise: str,
    arguments: dict[str, Any] | None = None,
) -> None:
    draft.add(
        kind,
        expects,
        place,
        name=rule.name,
        otherwise=otherwise,
        severity=draft.severity(rule.severity, (*place, "severity")),
        columns=columns,
        arguments=arguments,
        description=rule.description,
    )


_OURS = {"distribution": _distribution, "referential": _referential, "freshness": _freshness, "sql": _failing}
