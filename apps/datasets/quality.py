"""What the pages show of contracts and checks: where a dataset stands, how figures went, what a version failed."""

from typing import Any

from django.db.models import Model
from django.urls import reverse

from apps.accounts.models import User
from apps.core import panels
from apps.core.panels import Panel
from apps.core.written import Compared, compared
from apps.datasets import events
from apps.datasets.contracts import Change, changes
from apps.datasets.contracts.examples import has_examples
from apps.datasets.contracts.terms import UNITS, Expectation, spelled
from apps.datasets.models import CheckResult, Contract, Dataset, DatasetVersion, Inspection
from apps.datasets.selectors.contracts import courses, draft_of, history, in_force, newest_inspection
from apps.datasets.selectors.tables import READ_ROWS

DRAWN = 9
TITLES = {
    "schema": "Columns",
    "not_null": "Not null",
    "unique": "Unique",
    "range": "Range",
    "set": "Set",
    "regex": "Form",
    "freshness": "Freshness",
    "row_count": "Number of rows",
    "referential": "Reference",
    "distribution": "Distribution",
    "sql": "SQL",
}
SEVERITIES = {"block": "blocks", "warn": "warns"}
RESULTS = {"passed": "pass", "failed": "fail", "error": "unavailable"}


def register() -> None:
    """Said once, in AppConfig.ready()."""
    panels.register("dataset", Panel(40, "datasets/contracts/_of_dataset.html", "main", quality_of_dataset))
    panels.register("datasetversion", Panel(5, "datasets/contracts/_unfit.html", "head", unfit))
    panels.register("datasetversion", Panel(40, "datasets/contracts/_of_version.html", "main", quality_of_version))


def may(user: User, event: Any, row: Model) -> bool:
    """Whether `user` may cause `event` on `row`."""
    return bool(user.may(str(event.permission), row))


def quality_of_dataset(dataset: Dataset, user: User) -> dict[str, Any]:
    """A dataset's contract, and how the figures of its checks went from version to version."""
    contract, draft = in_force(dataset), draft_of(dataset)
    inspections = history(dataset)
    labels = [str(inspection.version.number) for inspection in inspections]
    expects = {check.name: check.expects for check in inspections[-1].contract.terms.checks} if inspections else {}
    lines = [_course(course, labels, expects.get(course["name"])) for course in courses(inspections)]
    return {
        "dataset": dataset,
        "contract": contract,
        "draft": draft,
        "others": dataset.contracts.exclude(pk__in=[row.pk for row in (contract, draft) if row]).count(),
        "new_url": _new_url(dataset, draft, user),
        "inspections": inspections,
        "newest": inspections[-1] if inspections else None,
        "charts": sorted((line for line in lines if line["drawn"]), key=_urgency)[:DRAWN],
        "lines": lines,
    }


def quality_of_version(version: DatasetVersion, user: User) -> dict[str, Any] | None:
    """What came of checking a version, and the door to checking it again."""
    inspection, contract = newest_inspection(version), in_force(version.dataset)
    if inspection is None and contract is None:
        return None
    return {
        "version": version,
        "inspection": inspection,
        "contract": contract,
        "results": _results(inspection, user) if inspection else [],
        "earlier": version.inspections.count() - 1,
        "may_ask": contract is not None and not version.gone and may(user, events.CHECK_ASKED, version),
    }


def unfit(version: DatasetVersion, user: User) -> dict[str, Any] | None:
    """Why a version may not be used, above everything else that is said of it."""
    why = version.why_unfit()
    return {"why": why, "tone": _TONES.get(version.fitness, "info")} if why else None


_TONES = {"refused": "bad", "broken": "bad", "warned": "warn", "waiting": "info"}


def described(contract: Contract) -> list[dict[str, Any]]:
    """A contract's checks as a page lists them."""
    return [
        {
            "name": check.name,
            "kind": TITLES[check.kind],
            "severity": SEVERITIES[check.severity],
            "columns": check.columns,
            "expected": str(check.expects),
            "arguments": _arguments(check.arguments),
            "description": check.description,
        }
        for check in contract.terms.checks
    ]


def differences(contract: Contract) -> dict[str, Any]:
    """What a contract changes of the one before it: in its text, and in the columns that it promises."""
    earlier = Contract.objects.filter(dataset=contract.dataset, number__lt=contract.number)
    before = earlier.exclude(status=Contract.Status.WITHDRAWN).order_by("-number").first()
    if before is None:
        return {"before": None}
    rows: list[Compared] = compared(before.text, contract.text)
    return {
        "before": before,
        "rows": rows,
        "added": sum(row.kind == "added" for row in rows),
        "removed": sum(row.kind == "removed" for row in rows),
        "changes": promised_changes(before, contract),
    }


def promised_changes(before: Contract, after: Contract) -> list[Change]:
    """What differs in the columns that two contracts promise; a column keeps its `id` where it is renamed."""
    old, new = before.terms, after.terms
    names = {field.id: field.name for field in new.fields if field.id}
    renamed = {field.name: names[field.id] for field in old.fields if field.id in names}
    return changes(
        old.types,
        new.types,
        required_before={field.name for field in old.fields if field.required},
        required_after={field.name for field in new.fields if field.required},
        renamed=renamed,
    )


def _new_url(dataset: Dataset, draft: Contract | None, user: User) -> str:
    if draft is not None or not may(user, events.CONTRACT_DRAFTED, dataset):
        return ""
    return reverse("draft-contract", args=[dataset.reference])


def _course(course: dict[str, Any], labels: list[str], expects: Expectation | None) -> dict[str, Any]:
    known = [value for value in course["values"] if value is not None]
    days = course["unit"] == "seconds"
    scale = UNITS["d"] if days else 1
    return {
        "title": f"{course['name']}, days" if days else course["name"],
        "values": [None if value is None else value / scale for value in course["values"]],
        "labels": labels,
        **_marks(expects, scale),
        "drawn": len(set(known)) > 1,  # what never moved is said in the table
        "expected": course["expected"],
        "last": spelled(_whole(known[-1]), course["unit"]) if known else "",
        "result": RESULTS[course["outcome"]],
        "failed": sum(outcome != "passed" for outcome in course["outcomes"]),
        "checked": len(course["outcomes"]),
    }


def _marks(expects: Expectation | None, scale: float) -> dict[str, float]:
    """The lines that a chart's values are held against."""
    if expects is None or expects.operator in ("is", "is_not", "not_between"):
        return {}
    limits = [limit / scale for limit in expects.limits]
    return {"low": limits[0], "high": limits[1]} if expects.operator == "between" else {"limit": limits[0]}


def _urgency(line: dict[str, Any]) -> tuple[bool, int]:
    return line["result"] == "pass", -line["failed"]


def _results(inspection: Inspection, user: User) -> list[dict[str, Any]]:
    rows = list(inspection.results.all())
    reads = user.may(READ_ROWS, inspection.version) and not inspection.version.gone
    listed = {check.name: check for check in inspection.contract.terms.checks} if reads else {}
    return [_line(result, result.name in listed and has_examples(listed[result.name])) for result in rows]


def _line(result: CheckResult, examples: bool) -> dict[str, Any]:
    figure = "" if result.value is None else spelled(_whole(result.value), result.unit)
    return {
        "row": result,
        "kind": TITLES.get(result.kind, result.kind),
        "severity": SEVERITIES.get(result.severity, result.severity),
        "figure": figure,
        "result": RESULTS[result.outcome],
        "show_rows": examples and bool(result.failing),
    }


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _arguments(arguments: Any) -> list[tuple[str, str]]:
    return [(name, _said(value)) for name, value in arguments.items() if value not in ([], "", None)]


def _said(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    shown = ", ".join(str(item) for item in value[:12])
    return f"{shown} and {len(value) - 12} more" if len(value) > 12 else shown
