"""Fits one of our learners to a table and writes it as skops and as ONNX.

Everything a prediction needs is in the model: imputing, scaling, encoding. Text becomes codes by `categories`, which
go into the version's metadata, so that whoever scores encodes alike. Trees take codes and missing values as they are;
linear models take one column a category and the median for what is missing.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from apps.jobs.sandbox.failures import Refused
from apps.jobs.sandbox.task import Task

MOST_CATEGORIES = 200
Fitted = tuple[Any, dict[str, list[str]]]


def main(task: Task) -> dict[str, Any]:
    """Fit, look at the rows it was fitted on, and write both files."""
    asked = task.parameters
    task.progress(0.05, "Reading the table")
    columns, target, weight = _read(task)
    categories, rows = _encoded(columns)
    labels = _labels(target, asked["task"])
    task.progress(0.2, f"Fitting on {len(labels):,} rows")
    _tell(f"{len(labels):,} rows, {rows.shape[1]} inputs, {len(categories)} of them text.")
    model = _learner(asked, list(columns), categories)
    settings = {} if weight is None else {f"{model.steps[-1][0]}__sample_weight": weight}
    model.fit(rows, labels, **settings)
    task.progress(0.8, "Looking at it")
    metrics = _metrics(model, rows, labels, asked["task"])
    for name, value in metrics.items():
        _tell(f"{name} = {value:.6g}")
    _write(task, model, rows.shape[1])
    classes = [] if asked["task"] == "regression" else [label.item() for label in model.classes_]
    return {
        "algorithm": asked["algorithm"],
        "categories": categories,
        "classes": classes,
        "metrics": metrics,
        "parameters": {**asked["settings"], "seed": asked["seed"]},
        "rows": len(labels),
    }


def _read(task: Task) -> tuple[dict[str, Any], Any, Any]:
    """The inputs by name, the target and the weight; rows without a target are left out."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    asked = task.parameters
    wanted = [*asked["inputs"], asked["target"], *([asked["weight"]] if asked["weight"] else [])]
    there = pq.ParquetFile(task.inputs["data"]).schema_arrow.names
    missing = [name for name in wanted if name not in there]
    if missing:
        raise Refused(f"The table has no column “{missing[0]}”.")
    table = pq.read_table(task.inputs["data"], columns=wanted, use_threads=False)
    known = pc.is_valid(table.column(asked["target"]))
    left_out = table.num_rows - pc.sum(known).as_py()
    if left_out:
        _tell(f"{left_out:,} rows have no {asked['target']} and are left out.")
        table = table.filter(known)
    if not table.num_rows:
        raise Refused(f"No row has a {asked['target']}, so there is nothing to learn from.")
    weight = table.column(asked["weight"]).to_numpy() if asked["weight"] else None
    return {name: table.column(name) for name in asked["inputs"]}, table.column(asked["target"]), weight


def _encoded(columns: dict[str, Any]) -> tuple[dict[str, list[str]], Any]:
    """The categories of text columns, and all inputs as numbers, shape (rows, inputs); what is missing is NaN."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    categories: dict[str, list[str]] = {}
    numbers = []
    for name, values in columns.items():
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            categories[name] = sorted(value for value in pc.unique(values).to_pylist() if value is not None)
            if len(categories[name]) > MOST_CATEGORIES:
                raise Refused(
                    f"“{name}” has {len(categories[name]):,} different texts; {MOST_CATEGORIES} at most are encoded. "
                    "Leave it out, or put it into groups before."
                )
            values = pc.index_in(values, value_set=pa.array(categories[name], values.type))
        elif pa.types.is_boolean(values.type):
            values = values.cast(pa.int8())
        elif not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            raise Refused(f"“{name}” holds {values.type}; inputs are numbers, text, or true and false.")
        numbers.append(np.asarray(values.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64))
    return categories, np.column_stack(numbers)


def _labels(target: Any, task: str) -> Any:
    import numpy as np

    labels = target.to_numpy()
    if task == "regression":
        if labels.dtype.kind not in "iuf":
            raise Refused("The target of a regression holds numbers.")
        return labels.astype(np.float64)
    if labels.dtype.kind == "O":
        labels = labels.astype(str)
    if labels.dtype.kind == "f" and np.equal(np.mod(labels, 1), 0).all():
        labels = labels.astype(np.int64)
    count = len(np.unique(labels))
    if count < 2 or (task == "binary_classification" and count > 2):
        wanted = "two labels" if task == "binary_classification" else "two labels or more"
        raise Refused(f"The target has {count} different labels here; this task needs {wanted}.")
    return labels


def _learner(asked: dict[str, Any], inputs: list[str], categories: dict[str, list[str]]) -> Any:
    from sklearn.pipeline import Pipeline

    classifies = asked["task"] != "regression"
    make: Callable[[dict[str, Any], bool, int], Any] = _LEARNERS[asked["algorithm"]]
    learner = make(asked["settings"], classifies, asked["seed"])
    if asked["algorithm"] == "hist_gradient_boosting":
        return Pipeline([("learner", learner)])
    return Pipeline([("prepare", _prepared(inputs, categories)), ("learner", learner)])


def _prepared(inputs: list[str], categories: dict[str, list[str]]) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    text = [place for place, name in enumerate(inputs) if name in categories]
    figures = [place for place, name in enumerate(inputs) if name not in categories]
    parts = []
    if figures:
        steps = [("impute", SimpleImputer(strategy="median", keep_empty_features=True)), ("scale", StandardScaler())]
        parts.append(("figures", Pipeline(steps), figures))
    if text:
        codes: list[Any] = [
            ("impute", SimpleImputer(strategy="constant", fill_value=-1.0)),
            ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
        ]
        parts.append(("text", Pipeline(codes), text))
    return ColumnTransformer(parts, sparse_threshold=0)


def _logistic(settings: dict[str, Any], classifies: bool, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(**{"max_iter": 1000, **settings}, random_state=seed)


def _ridge(settings: dict[str, Any], classifies: bool, seed: int) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge(**settings, random_state=seed)


def _boosted(settings: dict[str, Any], classifies: bool, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor
    return kind(**{"early_stopping": False, **settings}, random_state=seed)


_LEARNERS = {
    "logistic_regression": _logistic,
    "ridge_regression": _ridge,
    "hist_gradient_boosting": _boosted,
}


def _metrics(model: Any, rows: Any, labels: Any, task: str) -> dict[str, float]:
    """How it does on the rows it was fitted on: to see that it learnt, not how good it is."""
    from sklearn import metrics

    if task == "regression":
        found = model.predict(rows)
        return {
            "train_rmse": float(metrics.root_mean_squared_error(labels, found)),
            "train_mae": float(metrics.mean_absolute_error(labels, found)),
            "train_r2": float(metrics.r2_score(labels, found)),
        }
    scores = model.predict_proba(rows)
    found = {
        "train_log_loss": float(metrics.log_loss(labels, scores, labels=model.classes_)),
        "train_accuracy": float(metrics.accuracy_score(labels, model.predict(rows))),
    }
    if task == "binary_classification":
        found["train_auc"] = float(metrics.roc_auc_score(labels == model.classes_[1], scores[:, 1]))
    return found


def _tell(sentence: str) -> None:
    """Into the step's log."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _write(task: Task, model: Any, width: int) -> None:
    import skops.io
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    skops.io.dump(model, task.scratch / "model.skops")
    options = {"zipmap": False} if hasattr(model, "predict_proba") else None
    onnx = to_onnx(model, initial_types=[("inputs", FloatTensorType([None, width]))], options=options)
    (task.scratch / "model.onnx").write_bytes(onnx.SerializeToString(deterministic=True))
    (task.scratch / "parameters.json").write_text(json.dumps(task.parameters["settings"], sort_keys=True))
