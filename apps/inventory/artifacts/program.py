"""The scan as a program for the sandbox: parsers written in C++ read a stranger's bytes there."""

from typing import Any

from apps.inventory.artifacts.scan import scan
from apps.jobs.sandbox.task import Task


def main(task: Task) -> dict[str, Any]:
    """Scan `artefact` as the `declared_format` of the parameters."""
    return scan(task.inputs["artefact"], task.parameters["declared_format"]).as_json()
