"""The table of predictions: written once, the same bytes for the same scores."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.evaluations.scoring.model import Model
from apps.evaluations.scoring.request import BINARY, MULTICLASS, Label, Request
from apps.measures.spec import same_label

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

FILE = "predictions.parquet"
REFERENCE_FILE = "reference_predictions.parquet"
LARGEST_INTEGER = 2**63


class Predictions:
    """Writes rows' ids, kept columns, scores and decisions; use as a context manager.

    Parquet 2.6 with zstd at level 3, one row group a batch, no dictionaries, no pandas metadata: nothing in the
    bytes but the rows and the writer's version.
    """

    def __init__(self, scratch: Path, request: Request, name: str = FILE):
        self.path = scratch / name
        self.request = request
        self.rows = 0
        self.columns: dict[str, Any] = {}
        self._writer: Any = None

    def __enter__(self) -> "Predictions":
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, batch: "pa.RecordBatch", scores: "np.ndarray", model: Model) -> None:
        """Add a batch's rows; scores have shape (rows, k)."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = self._columns(batch, scores, model)
        table = pa.table(columns)
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self.path,
                table.schema,
                version="2.6",
                compression="zstd",
                compression_level=3,
                use_dictionary=False,
                store_schema=False,
            )
        self._writer.write_table(table, row_group_size=max(len(table), 1))
        self.rows += len(table)

    def _columns(self, batch: "pa.RecordBatch", scores: "np.ndarray", model: Model) -> dict[str, "pa.Array"]:
        import pyarrow as pa

        request = self.request
        kept = dict.fromkeys(name for name in (request.id_column, *request.keep) if name)
        columns: dict[str, pa.Array] = {name: _plain(batch.column(name)) for name in kept}
        if request.id_column is None:
            columns[_free("row", columns)] = pa.array(range(self.rows, self.rows + len(scores)), pa.int64())
        identity = request.id_column or next(reversed(columns))
        names = []
        for label, column in zip(_score_names(model, scores.shape[1]), scores.T, strict=True):
            names.append(_free(label, columns))
            columns[names[-1]] = pa.array(column, pa.float64(), from_pandas=True)
        decided = decisions(request, scores, model.classes)
        prediction = None
        if decided is not None:
            prediction = _free("prediction", columns)
            columns[prediction] = pa.array(decided)
        self.columns = {"id": identity, "scores": names, "prediction": prediction, "kept": list(request.keep)}
        return columns


def _plain(values: "pa.Array") -> "pa.Array":
    return values.dictionary_decode() if hasattr(values, "dictionary_decode") else values


def _free(name: str, taken: dict[str, Any]) -> str:
    """The name, or the model's own where the data has one of that name already."""
    while name in taken:
        name = f"model_{name}"
    return name


def _score_names(model: Model, count: int) -> list[str]:
    return ["score"] if count == 1 else [f"score_{label}" for label in model.classes]


def decisions(request: Request, scores: "np.ndarray", classes: list[Label]) -> list[Label | None] | None:
    """The predicted label of each row, None where the score is missing; None for all where labels aren't known."""
    import numpy as np

    known = np.isfinite(scores).all(axis=1)
    if request.task == MULTICLASS:
        best = np.where(np.isfinite(scores), scores, -np.inf).argmax(axis=1)
        return [classes[i] if k else None for i, k in zip(best, known, strict=True)]
    flags = positive(request, scores)
    others = [label for label in classes if not same_label(label, request.positive_label)]
    if request.task != BINARY or flags is None or len(others) != 1:
        return None
    yes = next(label for label in classes if same_label(label, request.positive_label))
    return [(yes if flag else others[0]) if k else None for flag, k in zip(flags, known, strict=True)]


def positive(request: Request, scores: "np.ndarray") -> "np.ndarray | None":
    """Whether each row's score reaches the threshold; None where there is none."""
    if request.cut is None:
        return None
    reached: np.ndarray = (
        scores[:, 0] >= request.cut if request.score_direction == "higher" else scores[:, 0] <= request.cut
    )
    return reached
