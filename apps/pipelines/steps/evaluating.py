"""Have the candidate evaluated in a dry run. The step ends when the evaluation does."""

from typing import Any

from django.utils import timezone

from apps.evaluations.models import Evaluation
from apps.evaluations.services import gate_policy, request_evaluation
from apps.inventory.models import ModelVersion
from apps.jobs.errors import CannotBeDone
from apps.pipelines.steps.context import Context, Waits


def work(context: Context) -> dict[str, Any]:
    """What there is of evaluations already, where the candidate is no draft any more."""
    version = version_of(context)
    if version.status == ModelVersion.Status.DRAFT:
        return {}
    newest = version.evaluations.filter(status=Evaluation.Status.DONE).order_by("-pk").first()
    if newest is None:
        raise CannotBeDone(f"{version.reference} was submitted meanwhile, so it can't be evaluated in a dry run.")
    context.say(f"{version.reference} was submitted meanwhile; {newest.reference} is what was found of it.")
    return {"evaluation": output_of(newest)}


def commit(context: Context, found: dict[str, Any]) -> dict[str, dict[str, Any]] | Waits:
    if found:
        return found
    evaluation = request_evaluation(
        actor=context.actor, version=version_of(context), now=timezone.now(), dry_run=True
    )
    return Waits(evaluation.reference)


def identity(context: Context) -> dict[str, Any]:
    """The policy that would judge."""
    return {"policy": gate_policy(version_of(context), timezone.now()).reference}


def still_there(context: Context, outputs: dict[str, dict[str, Any]]) -> bool:
    return Evaluation.objects.filter(
        reference=outputs["evaluation"]["reference"], status=Evaluation.Status.DONE
    ).exists()


def version_of(context: Context) -> ModelVersion:
    """The candidate."""
    rows = ModelVersion.objects.visible_to(context.actor).select_related("model")
    found: ModelVersion = rows.get(reference=context.input("version")["reference"])
    return found


def output_of(evaluation: Evaluation) -> dict[str, Any]:
    """A finished evaluation as a step gives it."""
    return {
        "kind": "evaluation",
        "reference": evaluation.reference,
        "digest": evaluation.verdict_digest,
        "outcome": evaluation.verdict.outcome,
        "policy": evaluation.verdict.policy.reference,
    }
