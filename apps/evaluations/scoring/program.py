"""The scoring program: one start of the sandbox does all the work on an artefact.

Inputs: `artefact`, `table` (Parquet), `other` (an artefact) for parity, `reference` (Parquet) for the background of
explanations and for its own scores. Parameters: a Request as JSON.
"""

import platform
from collections.abc import Callable
from typing import Any

from apps.evaluations.scoring import questions
from apps.evaluations.scoring.columns import Reader, batches, open_table
from apps.evaluations.scoring.model import Model
from apps.evaluations.scoring.parity import Parity
from apps.evaluations.scoring.predictions import FILE, REFERENCE_FILE, Predictions
from apps.evaluations.scoring.request import Request
from apps.jobs.sandbox.failures import Refused
from apps.jobs.sandbox.task import Task


class Work:
    """What the steps share: the model, loaded once, and how far the work is."""

    def __init__(self, task: Task):
        self.task = task
        self.request = Request.from_json(task.parameters)
        self.table = open_table(task.inputs["table"], self.request)
        task.progress(0.0, "Loading the model")
        self.model = Model(task.inputs["artefact"], self.request)

    def tell(self, step: int, fraction: float, message: str) -> None:
        """Say how far a step is."""
        self.task.progress((step + fraction) / (1 + len(self.request.steps)), message)

    def rows(self, step: int, message: str) -> Any:
        """The table's batches, telling progress within the step."""
        yield from self.rows_of(self.table, self.request, step, message)

    def rows_of(self, table: Any, request: Request, step: int, message: str) -> Any:
        """The same of another table."""
        total, done = table.metadata.num_rows, 0
        for batch in batches(table, request):
            yield batch
            done += batch.num_rows
            self.tell(step, done / total, f"{message}: {done:,} of {total:,} rows")


def main(task: Task) -> dict[str, Any]:
    """Score, then whatever steps were asked for; each adds its part to the result."""
    work = Work(task)
    unknown = [step for step in work.request.steps if step not in STEPS]
    if unknown:
        raise Refused(f"The scoring program has no step {unknown[0]!r}.")
    result = score(work)
    for number, step in enumerate(work.request.steps, start=1):
        result[step] = _asked(work, number, step)
    return result


def _asked(work: Work, number: int, step: str) -> dict[str, Any]:
    """A step's part; what only asks the model more costs its own answer where the model can't give one, not all."""
    if step not in MAY_REFUSE:
        return STEPS[step](work, number)
    try:
        return STEPS[step](work, number)
    except Refused as refusal:
        return {"refused": refusal.sentence, "results": []}
    except MemoryError:
        return {"refused": MEMORY.format(step), "results": []}


def score(work: Work) -> dict[str, Any]:
    """Write the table of predictions."""
    scored = _score(work, work.request, work.rows(0, "Scoring"), FILE)
    return {**scored, "classes": work.model.classes, "engine": engine(work.model)}


def score_reference(work: Work, step: int) -> dict[str, Any]:
    """Write the predictions of the reference table beside."""
    if "reference" not in work.task.inputs:
        raise Refused("The reference is to be scored, and no table was given for it.")
    request = work.request.of_reference()
    table = open_table(work.task.inputs["reference"], request)
    return _score(work, request, work.rows_of(table, request, step, "Scoring the reference"), REFERENCE_FILE)


def _score(work: Work, request: Request, rows: Any, file: str) -> dict[str, Any]:
    reader, missing = Reader(request, work.model.loaded.wants), 0
    with Predictions(work.task.scratch, request, file) as predictions:
        for batch in rows:
            scores = work.model.scores(reader.read(batch))
            missing += int((scores != scores).any(axis=1).sum())
            predictions.write(batch, scores, work.model)
    return {
        "rows": predictions.rows,
        "missing_scores": missing,
        "columns": predictions.columns,
        "unknown_categories": {name: count for name, count in sorted(reader.unknown.items()) if count},
        "text_read_as_numbers": sorted(reader.figures),
    }


def parity(work: Work, step: int) -> dict[str, Any]:
    """Score another artefact on the same rows and compare."""
    if "other" not in work.task.inputs or not work.request.parity_format:
        raise Refused("Parity compares two artefacts, and only one was given.")
    request = work.request.with_format(work.request.parity_format)
    other, found = Model(work.task.inputs["other"], request), Parity(request)
    mine, theirs = Reader(request, work.model.loaded.wants), Reader(request, other.loaded.wants)
    for batch in work.rows(step, "Comparing"):
        found.compare(work.model.scores(mine.read(batch)), other.scores(theirs.read(batch)))
    return found.as_json() | {"formats": [work.request.format, request.format], "engine": engine(other)}


def engine(model: Model) -> dict[str, str]:
    """The versions that the numbers depend on."""
    import numpy
    import pyarrow

    common = {"python": platform.python_version(), "numpy": numpy.__version__, "pyarrow": pyarrow.__version__}
    return dict(sorted((common | model.loaded.engine).items()))


MEMORY = "To {} the model takes more memory than an evaluation is given."
MAY_REFUSE = ("explain", "perturb")
STEPS: dict[str, Callable[[Work, int], dict[str, Any]]] = {
    "reference": score_reference,
    "parity": parity,
    "explain": questions.explain,
    "perturb": questions.perturb,
}
