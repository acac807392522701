"""The demonstration's model on its real data: census rows, a trained artefact, tables and a version of it.

Rows are divided by `id % 5 < 3` into training and held-out rows; sex and race are compared by,
never taken as input.
"""

import functools
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import skops.io

from apps.files.receiving import receive
from apps.files.services import keep, path_of
from apps.inventory.services.versions import add_version, scan_artifact
from tests.builders.datasets import DATA, a_dataset, a_version
from tests.builders.inventory import a_model

ROWS = DATA / "employment_ma" / "reference.parquet"
PROTECTED = ["SEX", "RAC1P"]
NO_INPUTS = {"id", "employed", "year", "prediction", "predicted_probability", *PROTECTED}
USE = {"name": "Waive the paper proof of employment", "population": "Applicants for credit aged 16 to 64"}


@dataclass(frozen=True)
class Trained:
    """A fitted model as files, and the rows it was and was not trained on."""

    inputs: list[str]
    train: Path
    held: Path
    skops: Path
    onnx: Path
    expected: np.ndarray = field(repr=False)  # what scikit-learn predicts for the held rows


def census() -> pd.DataFrame:
    table = pd.read_parquet(ROWS)
    for column in table.columns:
        table[column] = pd.to_numeric(table[column].astype(object))
    return table.astype(dict.fromkeys(PROTECTED, "int64"))


@functools.cache
def trained(ages=(16, 64), most=None, max_iter=150) -> Trained:
    """The model on the people of these ages, as the data's README trains it; on `most` rows only, where named."""
    from skl2onnx import to_onnx
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows = census()
    rows = rows[rows.AGEP.between(*ages)][:most]
    inputs = [name for name in rows.columns if name not in NO_INPUTS]
    train, held = rows[rows.id % 5 < 3], rows[rows.id % 5 >= 3]
    model = HistGradientBoostingClassifier(max_iter=max_iter, random_state=0)
    model.fit(train[inputs].to_numpy(dtype=float), train.employed)
    folder = Path(tempfile.mkdtemp(prefix="waiver-"))
    kept = ["id", *inputs, *PROTECTED, "employed"]
    for name, part in (("train", train), ("held", held)):
        part[kept].to_parquet(folder / f"{name}.parquet", index=False)
    skops.io.dump(model, folder / "model.skops")
    sample = train[inputs].to_numpy(dtype=np.float32)[:1]
    onnx = to_onnx(model, sample, options={"zipmap": False})
    (folder / "model.onnx").write_bytes(onnx.SerializeToString())
    return Trained(
        inputs,
        folder / "train.parquet",
        folder / "held.parquet",
        folder / "model.skops",
        folder / "model.onnx",
        model.predict_proba(held[inputs].to_numpy(dtype=float))[:, 1],
    )


def tables(dmitri, now, model):
    """The training rows as the reference, the held-out rows to evaluate on."""
    said = {"target": "employed", "id_column": "id", "protected": PROTECTED}
    return {
        "reference_data": _table(dmitri, now, model.train, "Census 2015, trained on", said),
        "evaluation_data": _table(dmitri, now, model.held, "Census 2015, held out", said),
    }


def said_of(model, tables, format_="skops", version="1.0.0", **more):
    return {
        "version": version,
        "format": format_,
        "task": "binary_classification",
        **{name: table.reference for name, table in tables.items()},
        "inputs": model.inputs,
        "target": "employed",
        "protected": PROTECTED,
        "positive_label": 1,
        "favourable_label": 1,
        "threshold": 0.5,
        "algorithm": "Histogram gradient boosting",
        **more,
    }


def artifact(path, format_, now):
    """The file as an artefact: kept, and looked through in the sandbox."""
    with Path(path).open("rb") as file:
        blob = keep(receive(file, limit_bytes=1 << 30))
    return scan_artifact(blob, path_of(blob.digest), format_, now)


def a_waiver(olivia, dmitri, now, model, format_="skops", file=None, named=None, **more):
    """A draft version of the waiver, its artefact scanned; an ONNX one with the skops file it was converted from."""
    named = named or tables(dmitri, now, model)
    waiver = a_model(olivia, now, uses=[USE], developers=[dmitri])
    found = artifact(file or getattr(model, format_), format_, now)
    return add_version(
        actor=dmitri,
        model=waiver,
        metadata=said_of(model, named, format_, **more),
        artifact=found,
        parity_artifact=artifact(model.skops, "skops", now) if format_ == "onnx" else None,
        now=now,
    )


def _table(actor, now, content, name, said):
    return a_version(actor, now, content, a_dataset(actor, now, name=name), filename="rows.parquet", **said)
