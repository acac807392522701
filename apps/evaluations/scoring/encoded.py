"""A sample of the table as one matrix of numbers, and the model as a function of such matrices.

Explanations and perturbations speak of matrices. Text that the model encodes by itself stands there as the place of
its value among `levels`, and is turned back before the model sees it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.evaluations.scoring.columns import Columns, Reader, batches
from apps.evaluations.scoring.model import Model
from apps.evaluations.scoring.request import Request

if TYPE_CHECKING:
    import numpy as np
    import pyarrow.parquet as pq


@dataclass(frozen=True)
class Encoded:
    """Rows of the table as numbers.

    Attributes:
        names: the inputs, in the order of the matrix's columns.
        rows: which rows of the table these are, ascending, shape (n,).
        features: shape (n, len(names)), NaN where missing.
        levels: the values of the columns that are text to the model, by name; a code is a place in them.
    """

    model: Model
    names: tuple[str, ...]
    rows: "np.ndarray"
    features: "np.ndarray"
    levels: dict[str, list[str]]

    @classmethod
    def sample(cls, table: "pq.ParquetFile", model: Model, most: int, seed: int = 0) -> "Encoded":
        """At most `most` rows, drawn without replacement; the same ones for the same seed."""
        import numpy as np

        total = table.metadata.num_rows
        rows = np.arange(total)
        if total > most:
            rows = np.sort(np.random.default_rng(seed).choice(total, most, replace=False))
        columns = _gather(table, model, rows)
        levels = {
            name: _levels(name, values, model.request) for name, values in columns.items() if values.dtype == object
        }
        coded = [_codes(values, levels[name]) if name in levels else values for name, values in columns.items()]
        return cls(model, tuple(columns), rows, np.column_stack(coded), levels)

    def predict(self, features: "np.ndarray") -> "np.ndarray":
        """Scores of shape (n,), or (n, classes) for many classes, of rows like `features`."""
        columns = {name: features[:, i] for i, name in enumerate(self.names)}
        columns |= {name: _texts(columns[name], levels) for name, levels in self.levels.items()}
        scores = self.model.scores(columns)
        return scores[:, 0] if scores.shape[1] == 1 else scores


def _gather(table: "pq.ParquetFile", model: Model, rows: "np.ndarray") -> Columns:
    import numpy as np

    reader, start = Reader(model.request, model.loaded.wants), 0
    parts: list[Columns] = []
    for batch in batches(table, model.request):
        here = rows[(rows >= start) & (rows < start + batch.num_rows)] - start
        start += batch.num_rows
        if len(here):
            parts.append(reader.read(batch.take(here)))
    return {name: np.concatenate([part[name] for part in parts]) for name in model.request.inputs}


def _levels(name: str, values: "np.ndarray", request: Request) -> list[str]:
    known = request.categories.get(name)
    if known is not None:
        return [str(value) for value in known]
    return sorted({value for value in values if value is not None})


def _codes(values: "np.ndarray", levels: list[str]) -> "np.ndarray":
    import numpy as np

    places = {level: float(i) for i, level in enumerate(levels)}
    return np.array([places.get(value, np.nan) for value in values], dtype=np.float64)


def _texts(codes: "np.ndarray", levels: list[str]) -> "np.ndarray":
    import numpy as np

    known = np.isfinite(codes) & (codes >= 0) & (codes <= len(levels) - 1)
    places = np.where(known, np.rint(np.where(known, codes, 0)), len(levels)).astype(int)
    return np.array([*levels, None], dtype=object)[places]
