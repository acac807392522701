"""Hold a version of a dataset against its contract. What was found is evidence, also where it stops the run."""

from typing import Any

from django.utils import timezone

from apps.core.errors import Refused
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.contracts import in_force
from apps.datasets.services.checking import check_version, take_in
from apps.jobs.errors import CannotBeDone
from apps.pipelines import events
from apps.pipelines.steps.context import Context, Fails

Fitness = DatasetVersion.Fitness


def work(context: Context) -> dict[str, Any]:
    version = context.table("data")
    contract = in_force(version.dataset)
    if contract is None:
        raise CannotBeDone(
            f"{version.dataset.reference} has no contract in force to hold {version.reference} against."
        )
    context.look_up(0.1, "Reading the table")
    try:
        report = check_version(version, contract)
    except Refused as refusal:
        raise CannotBeDone(str(refusal)) from refusal
    for finding in report.findings:
        context.say(f"{'ok' if finding.ok else 'not so'}: {finding.name}")
    return {"version": version, "contract": contract, "report": report}


def commit(context: Context, found: dict[str, Any]) -> dict[str, dict[str, Any]] | Fails:
    cause, now = events.RUN_BEGUN.verb, timezone.now()
    inspection = take_in(**found, asked_by=context.actor, now=now, cause=cause)
    version, contract = found["version"], found["contract"]
    stopping = [Fitness.REFUSED, *([Fitness.WARNED] if context.said.warnings == "stop" else [])]
    if inspection.outcome in stopping:
        broken = [finding.name for finding in found["report"].findings if not finding.ok]
        return Fails(
            f"{version.reference} doesn't keep to {contract.reference}: {', '.join(broken) or 'its schema'}."
        )
    words = f"{version.reference} under {contract.reference}: {inspection.outcome}"
    return {
        "report": {
            "kind": "report",
            "digest": inspection.results_digest,
            "words": words,
            "url": version.get_absolute_url(),
        }
    }


def identity(context: Context) -> dict[str, Any]:
    """The contract that it would be held against; how old data may be changes by itself, so a day is part of it."""
    contract = in_force(context.table("data").dataset)
    return {"contract": contract.reference if contract else "", "day": timezone.now().date().isoformat()}
