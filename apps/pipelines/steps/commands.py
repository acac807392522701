"""Somebody's script with files in and files out."""

import tempfile
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.jobs import sandbox
from apps.jobs.errors import CannotBeDone
from apps.pipelines.steps import apart
from apps.pipelines.steps.context import Context
from apps.pipelines.steps.files import kept_file
from apps.pipelines.steps.tables import keep, prepared


def work(context: Context) -> dict[str, Any]:
    """The outputs that were announced: files kept, tables prepared."""
    said = context.said
    with tempfile.TemporaryDirectory(prefix="command-") as folder:
        scratch = Path(folder) / "work"
        scratch.mkdir()
        outcome = apart.run_script(
            said.script,
            context,
            scratch=scratch,
            settings=context.settings(said.settings),
            arguments=said.arguments,
            limits=said.limits,
        )
        return {name: _taken(context, name, wanted, outcome) for name, wanted in said.outputs_.items()}


def commit(context: Context, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    made = {}
    for name, wanted in context.said.outputs_.items():
        table = wanted.kind == "table"
        made[name] = keep(context, name, found[name], wanted.into, None, timezone.now()) if table else found[name]
    return made


def _taken(context: Context, name: str, wanted: Any, outcome: sandbox.Outcome) -> Any:
    try:
        path = outcome.file(wanted.file)
    except sandbox.Crashed as missing:
        raise CannotBeDone(f"It was to leave {wanted.file} as its output {name}, and left no such file.") from missing
    context.look_up(0.9, f"Keeping {name}")
    return prepared(path, None, context, name) if wanted.kind == "table" else kept_file(path)
