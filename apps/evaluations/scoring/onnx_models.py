"""An ONNX model by onnxruntime: one tensor of all inputs or one a column; tensors, or lists of maps, come out."""

import re
from pathlib import Path
from typing import Any

from apps.evaluations.scoring.columns import NUMBER, TEXT, Columns, listed, matrix
from apps.evaluations.scoring.request import REGRESSION, Label, Request
from apps.jobs.sandbox.failures import Refused

TYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(bool)": "bool",
    "tensor(string)": "object",
}
LABEL_ATTRIBUTES = ("classlabels_int64s", "classlabels_strings", "classlabels_ints")
TABLE = 2  # dimensions: rows and columns


class OnnxModel:
    """An ONNX model as a model of columns."""

    def __init__(self, path: Path, request: Request):
        self.request = request
        self.session = _session(path)
        self.inputs = self.session.get_inputs()
        for taken in self.inputs:
            if taken.type not in TYPES:
                raise Refused(f"The ONNX model's input {taken.name!r} is a {taken.type}; numbers and text are given.")
            self._shape(taken)
        self.one_tensor = len(self.inputs) == 1
        self.by_name = {} if self.one_tensor else self._match()
        self.wants = self._wants()
        self.labels = self._labels(path)

    @property
    def engine(self) -> dict[str, str]:
        """The libraries whose versions the scores depend on."""
        import onnxruntime

        return {"onnxruntime": onnxruntime.__version__}

    @staticmethod
    def _shape(taken: Any) -> None:
        """Refuse an input that doesn't take any number of rows."""
        if len(taken.shape) > TABLE:
            raise Refused(
                f"The ONNX model's input {taken.name!r} has {len(taken.shape)} dimensions; a table has two."
            )
        if taken.shape and isinstance(taken.shape[0], int):
            rows = taken.shape[0]
            raise Refused(
                f"The ONNX model takes exactly {rows} rows at a time; export it with its first dimension free."
            )

    @staticmethod
    def _width(taken: Any) -> int | None:
        """The number of columns an input takes; None where the model leaves it open."""
        if len(taken.shape) < TABLE:
            return 1
        return taken.shape[1] if isinstance(taken.shape[1], int) else None

    def _match(self) -> dict[str, Any]:
        """The ONNX input of each column; converters write other characters as underscores."""
        taken = {plain_name(i.name): i for i in self.inputs}
        found = {name: taken.get(plain_name(name)) for name in self.request.inputs}
        more = [name for name, i in found.items() if i is None]
        if more:
            raise Refused(f"The ONNX model has no input {listed(more)}, which the metadata names.")
        missing = [i.name for i in self.inputs if i not in found.values()]
        if missing:
            raise Refused(f"The ONNX model takes {listed(missing)}, which the metadata's inputs don't name.")
        return found

    def _wants(self) -> dict[str, str]:
        if not self.one_tensor:
            return {name: TEXT if i.type == "tensor(string)" else NUMBER for name, i in self.by_name.items()}
        width = self._width(self.inputs[0])
        if width is not None and width != len(self.request.inputs):
            raise Refused(f"The ONNX model takes {width} inputs and the metadata names {len(self.request.inputs)}.")
        return dict.fromkeys(self.request.inputs, TEXT if self.inputs[0].type == "tensor(string)" else NUMBER)

    def _labels(self, path: Path) -> list[Label] | None:
        """The classes in the order of their scores: as the metadata says, else as the model's own nodes do."""
        if self.request.task == REGRESSION:
            return None
        if self.request.classes:
            return list(self.request.classes)
        import onnx

        nodes = onnx.load(str(path), load_external_data=False).graph.node
        for node in reversed(nodes):
            for attribute in node.attribute:
                if attribute.name in LABEL_ATTRIBUTES and (attribute.ints or attribute.strings):
                    return list(attribute.ints) or [text.decode() for text in attribute.strings]
        return None

    def raw(self, columns: Columns) -> Any:
        """Scores as the model gives them: shape (rows,) or (rows, classes)."""
        import numpy as np

        found = [np.asarray(o) if not isinstance(o, list) else o for o in self.session.run(None, self._feed(columns))]
        rows = len(next(iter(columns.values())))
        if self.request.task == REGRESSION:
            return _floats(found, rows)[0].reshape(rows)
        maps = next((o for o in found if isinstance(o, list)), None)
        if maps is not None:
            return self._from_maps(maps)
        scores = _floats(found, rows)
        if len(scores) > 1 and all(s.size == rows for s in scores):  # one output a class
            return np.column_stack([s.reshape(rows) for s in scores])
        wide = [s for s in scores if s.size != rows]
        return (wide or scores)[0].reshape(rows, -1)

    def _from_maps(self, maps: list[dict[Label, float]]) -> Any:
        import numpy as np

        self.labels = list(maps[0])
        return np.array([[row[label] for label in self.labels] for row in maps], dtype=np.float64)

    def _feed(self, columns: Columns) -> dict[str, Any]:
        if self.one_tensor:
            taken = self.inputs[0]
            rows = _typed(matrix(columns, _through(taken.type)), taken)
            return {taken.name: rows if len(taken.shape) == TABLE else rows.reshape(-1)}
        fed = {}
        for name, taken in self.by_name.items():
            values = columns[name].reshape(-1, 1) if len(taken.shape) == TABLE else columns[name]
            fed[taken.name] = _typed(values.astype(_through(taken.type)), taken)
        return fed


def plain_name(name: str) -> str:
    """A column's name as converters may have written it."""
    return re.sub(r"\W", "_", name)


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as error:  # onnxruntime's own errors share no base
        raise Refused(f"The ONNX model can't be loaded: {' '.join(str(error).split())}") from error


def _through(kind: str) -> Any:
    return object if kind == "tensor(string)" else float


def _typed(values: Any, taken: Any) -> Any:
    import numpy as np

    if taken.type == "tensor(string)":
        return np.where(np.equal(values, None), "", values)
    if "int" in taken.type and not np.isfinite(values).all():
        raise Refused(
            f"The ONNX model's input {taken.name!r} takes whole numbers, and the column has missing values."
        )
    return values.astype(TYPES[taken.type])


def _floats(found: list[Any], rows: int) -> list[Any]:
    """The outputs that hold numbers with a fraction, one row each."""
    scores = [o for o in found if not isinstance(o, list) and o.dtype.kind == "f" and o.shape[:1] == (rows,)]
    if not scores:
        raise Refused("The ONNX model has no output that holds scores.")
    return scores
