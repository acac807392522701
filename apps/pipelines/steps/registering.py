"""Make a model a draft version: a candidate. Nothing here submits it; that takes a person."""

from typing import Any

from django.utils import timezone

from apps.inventory.models import Artifact, ModelVersion
from apps.inventory.services.versions import add_version
from apps.pipelines.format.candidates import filled
from apps.pipelines.steps.context import Context

FROM_THE_MODEL = ("task", "target", "inputs", "algorithm", "parameters", "categories", "classes", "weight")
TABLES = ("training_data", "reference_data", "evaluation_data")


def work(context: Context) -> dict[str, Any]:
    """The version's metadata, but for its number."""
    return {"metadata": metadata_of(context)}


def commit(context: Context, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Add the version, in the owner's name; who wrote the pipeline counts as a developer, too."""
    model, given = context.pipeline.model, context.input("artifact")
    number = next_number(model, context.said.series)
    version = add_version(
        actor=context.actor,
        model=model,
        metadata={**found["metadata"], "version": number},
        artifact=Artifact.objects.get(pk=given["digest"]),
        parity_artifact=Artifact.objects.get(pk=given["original"]) if given["original"] else None,
        developers=context.run.version.answerable,
        now=timezone.now(),
    )
    return {"version": version_output(version)}


def identity(context: Context) -> dict[str, Any]:
    """The model that it is registered for."""
    return {"model": context.pipeline.model.reference}


def still_there(context: Context, outputs: dict[str, dict[str, Any]]) -> bool:
    """A candidate that was rejected or retired since isn't one any more: the next run makes another."""
    version = ModelVersion.objects.filter(reference=outputs["version"]["reference"]).first()
    over = (ModelVersion.Status.REJECTED, ModelVersion.Status.RETIRED)
    return version is not None and version.status not in over


def metadata_of(context: Context) -> dict[str, Any]:
    """What the step says of the version, filled up by what is known of the model and the run."""
    said, given = context.said, context.input("artifact")
    known = {name: given.get(name) for name in FROM_THE_MODEL}
    tables = {field: context.input(field)["reference"] for field in TABLES if getattr(said, field)}
    fixed = {"format": given["format"], "training_run": context.run.reference, "code_version": _code(context, given)}
    return filled(said, known, {**tables, **fixed})


def next_number(model: Any, series: str) -> str:
    """The next free number of a series: 1.2.0, 1.2.1, …"""
    taken = set(model.versions.filter(number__startswith=f"{series}.").values_list("number", flat=True))
    return next(number for n in range(len(taken) + 1) if (number := f"{series}.{n}") not in taken)


def version_output(version: ModelVersion) -> dict[str, Any]:
    return {
        "kind": "version",
        "reference": version.reference,
        "digest": version.artifact_id or "",
        "model": version.model.reference,
    }


def _code(context: Context, given: dict[str, Any]) -> str:
    """What made the model: the script by digest, or the pipeline's version where a trainer of ours did."""
    return f"sha256:{given['code']}" if given["code"] else f"{context.run.version.reference}"
