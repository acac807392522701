"""A sample of the table as people see it, and the model as a function of such tables.

Explanations and perturbations change values and ask the model again. They see text as text and numbers as numbers;
what the model is given for them (codes, text, one tensor) is made afresh from each changed table.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.evaluations.scoring.columns import EITHER, TEXT, Reader
from apps.evaluations.scoring.model import Model
from apps.evaluations.scoring.request import REGRESSION
from apps.jobs.sandbox.failures import Refused
from apps.measures.spec import same_label

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq


@dataclass(frozen=True)
class Sample:
    """Some rows of a table.

    Attributes:
        frame: the model's inputs, one column each: doubles, or categories of text.
        target: shape (rows,): 1 positive and 0 other, or the value of a regression; None where the table has none.
        rows: their places in the table, ascending.
    """

    model: Model
    frame: "pd.DataFrame"
    target: "np.ndarray | None"
    rows: "np.ndarray"

    @classmethod
    def draw(cls, table: "pq.ParquetFile", model: Model, most: int, seed: int = 0) -> "Sample":
        """At most `most` rows without replacement, those without an outcome left out; the same for the same seed."""
        import numpy as np
        import pandas as pd

        taken, rows = _draw(table, model, most, seed)
        frame = pd.DataFrame({name: _series(model, name, taken.column(name)) for name in order(model)})
        target = _target(model, taken)
        if target is not None:
            known = np.isfinite(target)
            frame, target, rows = frame[known].reset_index(drop=True), target[known], rows[known]
        return cls(model, frame, target, rows)

    def predict(self, frame: "pd.DataFrame") -> "np.ndarray":
        """Scores of rows like the frame's, shape (rows,): of the positive label, or the value.

        Raises:
            Refused: the model can't score them, or has many classes and none was named to look at.
        """
        import pyarrow as pa

        request, arrays = self.model.request, {}
        for name in request.inputs:
            series = frame[name]
            text = series.dtype.kind not in "biuf" if hasattr(series.dtype, "kind") else True
            arrays[name] = (
                pa.array(series.astype(object), pa.string(), from_pandas=True) if text else pa.array(series)
            )
        reader = Reader(request, self.model.loaded.wants)
        scores = self.model.scores(reader.read(pa.RecordBatch.from_pydict(arrays)))
        return scores[:, 0] if scores.shape[1] == 1 else scores[:, self._class()]

    def _class(self) -> int:
        request = self.model.request
        for place, label in enumerate(self.model.classes):
            if same_label(label, request.positive_label):
                return place
        raise Refused("A model of many classes is explained for one of them; name it as positive_label.")


def order(model: Model) -> tuple[str, ...]:
    """The inputs in the order the model itself has them."""
    return getattr(model.loaded, "names", model.request.inputs)


def estimator(model: Model, frame: "pd.DataFrame") -> Any:
    """The estimator behind the model, where it takes the frame as it is; None elsewhere."""
    numbers = all(getattr(dtype, "kind", "O") == "f" for dtype in frame.dtypes)
    return getattr(model.loaded, "estimator", None) if numbers else None


def _draw(table: "pq.ParquetFile", model: Model, most: int, seed: int) -> "tuple[pa.Table, np.ndarray]":
    import numpy as np
    import pyarrow as pa

    total, start, parts = table.metadata.num_rows, 0, []
    rows = np.arange(total)
    if total > most:
        rows = np.sort(np.random.default_rng(seed).choice(total, most, replace=False))
    request = model.request
    wanted = [*request.inputs, *([request.target] if request.target in table.schema_arrow.names else [])]
    for batch in table.iter_batches(request.batch_rows, columns=list(dict.fromkeys(wanted)), use_threads=False):
        here = rows[(rows >= start) & (rows < start + batch.num_rows)] - start
        start += batch.num_rows
        if len(here):
            parts.append(batch.take(pa.array(here)))
    return pa.Table.from_batches(parts).unify_dictionaries().combine_chunks(), rows


def _series(model: Model, name: str, values: "pa.ChunkedArray") -> Any:
    """Text stays text where the model takes it or has codes for it; everything else is a number."""
    import pandas as pd
    import pyarrow as pa

    values = values.combine_chunks()
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    known = model.request.categories.get(name)
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if text and (known is not None or model.loaded.wants[name] in (TEXT, EITHER)):
        told = values.cast(pa.string()).to_pylist()
        levels = [str(v) for v in known] if known is not None else sorted({v for v in told if v is not None})
        return pd.Categorical(told, categories=levels)
    return Reader(model.request, model.loaded.wants).column(name, values)


def _target(model: Model, taken: "pa.Table") -> "np.ndarray | None":
    import numpy as np

    request = model.request
    if request.target not in taken.column_names:
        return None
    values = taken.column(request.target).to_pylist()
    if request.task == REGRESSION:
        return np.array([np.nan if value is None else float(value) for value in values])
    known = {v: np.nan if v is None or v != v else float(same_label(v, request.positive_label)) for v in set(values)}
    return np.array([known[value] for value in values])
