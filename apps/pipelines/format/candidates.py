"""What a candidate's metadata will say, as far as the pipeline's text tells."""

from typing import Any

from apps.pipelines.format.document import Definition
from apps.pipelines.format.steps import Register, Train

KNOWN_LATER = "DS-1@1"  # which table it is shows when the run comes there
CLASSES = ["one", "another"]


def filled(said: Register, known: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a candidate.

    Args:
        known: of the model: task, target, inputs and what else it tells of itself; what the step says goes before.
        given: what the step can't say otherwise: the tables, the run, the format.
    """
    known = {name: value for name, value in known.items() if value}
    if known.get("task") == "binary_classification":
        known.pop("classes", None)
        known["threshold"] = 0.5
    return {**known, **said.metadata, **given}


def expected(definition: Definition, said: Register) -> dict[str, Any]:
    """The same before anything ran: as it will be, but for what only the run knows."""
    trained = definition.step(said.artifact.partition(".")[0])
    known: dict[str, Any] = {"algorithm": "not trained yet"}
    if isinstance(trained, Train):
        known |= {"task": trained.task, "target": trained.target, "inputs": list(trained.inputs)}
        known |= {"weight": trained.weight, "classes": CLASSES if trained.task == "multiclass" else None}
    tables = {"reference_data": KNOWN_LATER, "evaluation_data": KNOWN_LATER}
    return filled(said, known, {**tables, "version": f"{said.series}.0", "format": "onnx"})
