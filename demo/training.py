"""Dmitri's desk: reads the tables, trains, writes the artefacts. No part of the product; any tool would do."""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "2")

import pandas

DATA = Path(__file__).resolve().parent / "data"
OUTCOME = "employed"
PROTECTED = ["SEX", "RAC1P"]
NOT_INPUTS = {OUTCOME, "id", "year", *PROTECTED}  # the model is not told what it must not decide by
WORKING_AGE = (16, 64)


def census(year: int) -> pandas.DataFrame:
    """One survey year with its outcome, all codes as numbers: 2015 is the reference, 2016 to 2018 came after."""
    folder = DATA / "employment_ma"
    if year == 2015:
        table = pandas.read_parquet(folder / "reference.parquet")
    else:
        later = pandas.read_parquet(folder / "analysis.parquet")
        outcomes = pandas.read_parquet(folder / "analysis_target.parquet", columns=["id", OUTCOME])
        table = later[later["year"] == year].merge(outcomes, on="id", validate="one_to_one")
    codes = [name for name in table.columns if isinstance(table[name].dtype, pandas.CategoricalDtype)]
    table[codes] = table[codes].astype("float64").astype("Int64")
    return table.drop(columns=["prediction", "predicted_probability"]).reset_index(drop=True)


def stored(table: pandas.DataFrame, to: Path, name: str) -> Path:
    """The table in a SQLite database, as another system would keep it."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(to)) as database:
        table.to_sql(name, database, index=False)
    return to


def inputs_of(table: pandas.DataFrame) -> list[str]:
    return [name for name in table.columns if name not in NOT_INPUTS]


def split(table: pandas.DataFrame) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """Three fifths to train on, two fifths held out, by the row's id: anybody gets the same."""
    chosen = table["id"] % 5 < 3
    return table[chosen].reset_index(drop=True), table[~chosen].reset_index(drop=True)


def of_ages(table: pandas.DataFrame, lowest: int, highest: int) -> pandas.DataFrame:
    return table[table["AGEP"].between(lowest, highest)].reset_index(drop=True)


def written(table: pandas.DataFrame, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(to, index=False)
    return to


def boosted(table: pandas.DataFrame, inputs: list[str], target: str = OUTCOME) -> Any:
    """Boosted trees over the columns as numbers."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(max_iter=150, random_state=0)
    return model.fit(table[inputs].to_numpy(dtype=float), table[target])


def as_skops(model: Any, to: Path) -> Path:
    from skops.io import dump

    to.parent.mkdir(parents=True, exist_ok=True)
    dump(model, to)
    return to


def as_onnx(model: Any, inputs: list[str], to: Path) -> Path:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    converted = to_onnx(
        model,
        initial_types=[("features", FloatTensorType([None, len(inputs)]))],
        options={id(model): {"zipmap": False}},
    )
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(converted.SerializeToString())
    return to


def scores(model: Any, table: pandas.DataFrame, inputs: list[str]) -> Any:
    """The probability of the positive label, one a row."""
    return model.predict_proba(table[inputs].to_numpy(dtype=float))[:, 1]


def loans() -> pandas.DataFrame:
    """German credit with its raw codes, translated nowhere: their published meanings are known to be wrong."""
    table = pandas.read_csv(DATA / "german_credit.csv")
    table.insert(0, "id", range(len(table)))
    return table


def scorecard(table: pandas.DataFrame, inputs: list[str], target: str) -> Any:
    """A logistic scorecard: codes one-hot, amounts scaled."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in inputs if pandas.api.types.is_numeric_dtype(table[name])]
    codes = [name for name in inputs if name not in numbers]
    prepared = make_column_transformer(
        (StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), codes)
    )
    model = make_pipeline(prepared, LogisticRegression(max_iter=2000))
    return model.fit(table[inputs], table[target])
