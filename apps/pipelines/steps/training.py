"""Fit a model in the sandbox, keep its files, and look its artefact through."""

import math
import tempfile
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.core.errors import BadInput
from apps.files.services import path_of
from apps.inventory.services.versions import scan_artifact
from apps.jobs import sandbox
from apps.jobs.errors import CannotBeDone
from apps.pipelines.steps import apart
from apps.pipelines.steps.context import Context
from apps.pipelines.steps.files import kept_file

FORMATS = ("onnx", "skops")
MOST_METRICS = 200


def work(context: Context) -> dict[str, Any]:
    """The model as an output: its files kept and scanned, what is known of it beside."""
    said, table = context.said, context.table("data")
    with tempfile.TemporaryDirectory(prefix="train-") as folder:
        scratch = Path(folder) / "work"
        scratch.mkdir()
        trained = _by_trainer if said.trainer else _by_script
        outcome, known = trained(context, scratch)
        files = {name: kept_file(outcome.file(f"model.{name}")) for name in FORMATS if _left(outcome, name)}
        if not files:
            raise CannotBeDone("It left neither model.onnx nor model.skops.")
    context.look_up(0.9, "Looking the model through")
    formats = [name for name in FORMATS if name in files]
    for name in formats:
        _scan(files[name]["digest"], name)
    return {
        "kind": "model",
        "digest": files[formats[0]]["digest"],
        "format": formats[0],
        "original": files["skops"]["digest"] if formats[0] == "onnx" and "skops" in files else "",
        "size": files[formats[0]]["size"],
        "task": said.task,
        "target": said.target,
        "inputs": list(said.inputs),
        "weight": said.weight,
        "trained_on": table.reference,
        "code": said.script.sha256 if said.script else "",
        **known,
    }


def commit(context: Context, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"model": found}


def _by_trainer(context: Context, scratch: Path) -> tuple[sandbox.Outcome, dict[str, Any]]:
    said = context.said
    parameters = {
        "task": said.task,
        "target": said.target,
        "inputs": list(said.inputs),
        "weight": said.weight,
        "algorithm": said.trainer.algorithm,
        "settings": context.settings(said.trainer.settings),
        "seed": said.trainer.seed,
    }
    inputs = {"data": context.file("data")}
    outcome = apart.run(
        "apps.pipelines.programs.train", context, parameters, scratch=scratch, inputs=inputs, limits=said.limits
    )
    told = outcome.result
    return outcome, {
        "algorithm": said.trainer.algorithm.replace("_", " ").capitalize(),
        "categories": told["categories"],
        "classes": told["classes"],
        "metrics": _numbers(told["metrics"]),
        "parameters": told["parameters"],
    }


def _by_script(context: Context, scratch: Path) -> tuple[sandbox.Outcome, dict[str, Any]]:
    said, settings = context.said, context.settings(context.said.settings)
    outcome = apart.run_script(
        said.script, context, scratch=scratch, settings=settings, arguments=[], limits=said.limits
    )
    about = apart.read_json(outcome, "model.json")
    return outcome, {
        "algorithm": str(about.get("algorithm") or f"By {said.script.name}")[:200],
        "categories": about.get("categories") or {},
        "classes": about.get("classes") or [],
        "metrics": _numbers(apart.read_json(outcome, "metrics.json")),
        "parameters": apart.read_json(outcome, "params.json") or {**context.run.parameters, **settings},
    }


def _left(outcome: sandbox.Outcome, name: str) -> bool:
    return (outcome.scratch / f"model.{name}").exists()


def _numbers(said: dict[str, Any]) -> dict[str, float]:
    """Metrics by name.

    Raises:
        CannotBeDone: one is no finite number, or there are too many.
    """
    if len(said) > MOST_METRICS:
        raise CannotBeDone(f"metrics.json has {len(said):,} metrics; {MOST_METRICS} at most are taken.")
    for name, value in said.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise CannotBeDone(f"The metric “{name}” is no finite number.")
    return {name: float(value) for name, value in said.items()}


def _scan(digest: str, declared_format: str) -> None:
    from apps.files.models import Blob

    try:
        scan_artifact(Blob.objects.get(pk=digest), path_of(digest), declared_format, timezone.now())
    except BadInput as refusal:
        raise CannotBeDone(f"The model's file isn't taken: {refusal}") from refusal
