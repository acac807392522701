"""One model whatever its format: columns in, scores of the declared meaning out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from apps.evaluations.scoring.columns import Columns, listed
from apps.evaluations.scoring.estimators import Estimator, load_skops
from apps.evaluations.scoring.onnx_models import OnnxModel
from apps.evaluations.scoring.request import BINARY, MULTICLASS, Label, Request
from apps.jobs.sandbox.failures import Refused
from apps.measures.spec import same_label

if TYPE_CHECKING:
    import numpy as np

OUT_OF_MEMORY = ("bad_alloc", "Failed to allocate memory")  # how libraries in C++ say it; no MemoryError of Python's


class Loaded(Protocol):
    """What a format must offer."""

    wants: dict[str, str]
    labels: list[Label] | None

    @property
    def engine(self) -> dict[str, str]:
        """Library versions."""

    def raw(self, columns: Columns) -> Any:
        """Scores, shape (rows,) or (rows, classes)."""


def load(path: Path, request: Request) -> Loaded:
    """Load an artefact; raises Refused where it doesn't fit the request."""
    if request.format == "onnx":
        return OnnxModel(path, request)
    if request.format == "skops":
        return Estimator(load_skops(path), request)
    raise Refused(f"The format {request.format!r} can't be scored; onnx and skops can.")


class Model:
    """A loaded artefact read as its metadata says."""

    def __init__(self, path: Path, request: Request):
        self.loaded = load(path, request)
        self.request = request

    def scores(self, columns: Columns) -> "np.ndarray":
        """Shape (rows, k) of doubles: the positive label's score, the value, or one a class in the declared order.

        Raises:
            Refused: the model can't score these rows, or its classes aren't the declared ones.
        """
        import numpy as np

        try:
            raw = np.asarray(self.loaded.raw(columns), dtype=np.float64)
        except (Refused, MemoryError, PermissionError):
            raise
        except Exception as error:  # whatever the model's own code raises
            told = " ".join(str(error).split())[:300]
            if any(sign in told for sign in OUT_OF_MEMORY):
                raise MemoryError(told) from error
            raise Refused(f"The model could not score the rows: {type(error).__name__}: {told}") from error
        raw = raw.reshape(len(raw), -1)
        if self.request.task == BINARY:
            return self._positive(raw)
        if self.request.task == MULTICLASS:
            return raw[:, self._order(raw.shape[1])]
        if raw.shape[1] != 1:
            raise Refused(f"The model gives {raw.shape[1]} values a row, and a regression has one.")
        return raw

    def _positive(self, raw: "np.ndarray") -> "np.ndarray":
        if raw.shape[1] == 1:
            return raw
        wanted = self.request.positive_label
        if self.loaded.labels is None:
            raise Refused(
                "The model doesn't say which class each score is of; name classes in the version's metadata."
            )
        labels = self.loaded.labels
        found = [i for i, label in enumerate(labels) if same_label(label, wanted)]
        if not found or found[0] >= raw.shape[1]:
            raise Refused(f"The positive label {wanted!r} is none of the model's classes, {listed(labels)}.")
        return raw[:, found[:1]]

    def _order(self, width: int) -> list[int]:
        labels = self.loaded.labels or list(self.request.classes)
        wanted = list(self.request.classes) or labels
        order = [next((i for i, label in enumerate(labels) if same_label(label, name)), None) for name in wanted]
        if None in order or len(labels) != len(wanted) or width != len(wanted):
            raise Refused(f"The model's classes are {listed(labels)}, and the metadata names {listed(wanted)}.")
        return [i for i in order if i is not None]

    @property
    def classes(self) -> list[Label]:
        """The labels of a classification as the model spells them, in the order of the scores of many classes."""
        labels = self.loaded.labels or list(self.request.classes)
        if self.request.task != MULTICLASS or not self.request.classes:
            return labels
        return [next(label for label in labels if same_label(label, name)) for name in self.request.classes]
