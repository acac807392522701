"""Tables of features as models take them, frames or arrays, cut and mixed without losing a column's type."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from apps.measures.arrays import Array, Booleans, Floats, Integers

Features = Any  # a pandas frame, or an array of shape (n, k)
Predict = Callable[[Features], Any]


def predictions(predict: Predict, features: Features) -> Floats:
    """One number a row: a vector as it is, or the second of two class columns.

    Raises:
        ValueError: the model answers in another shape.
    """
    found = np.asarray(predict(features), dtype=np.float64)
    if found.ndim == 2 and found.shape[1] <= 2:
        found = found[:, -1]
    if found.shape != (len(features),):
        raise ValueError(
            f"The model answered {found.shape} for {len(features)} rows, where one number a row is needed."
        )
    return found


def rows(features: Features, chosen: Array) -> Features:
    """The rows at these places."""
    return features[chosen] if isinstance(features, np.ndarray) else features.iloc[chosen].reset_index(drop=True)


def column(features: Features, place: int) -> Array:
    """One column as an array."""
    if isinstance(features, np.ndarray):
        return np.asarray(features[:, place])
    return np.asarray(features.iloc[:, place])


def with_column(features: Features, place: int, values: Any) -> Features:
    """A copy in which one column is replaced."""
    if isinstance(features, np.ndarray):
        copy = features.copy()
        copy[:, place] = values
        return copy
    return features.assign(**{features.columns[place]: values})


def stacked(above: Features, below: Features) -> Features:
    """The rows of both tables."""
    if isinstance(above, np.ndarray):
        return np.concatenate([above, below])
    import pandas as pd

    return pd.concat([above, below], ignore_index=True)


class Mixture:
    """Rows put together from two tables, column by column."""

    def __init__(self, ours: Features, others: Features) -> None:
        self._offset = len(ours)
        self._both = stacked(ours, others)

    def take(self, ours: Integers, others: Integers, is_ours: Booleans) -> Features:
        """Row i has column j of row ours[i] where is_ours[i, j], else of row others[i]; shape (len(ours), k)."""
        places = np.where(is_ours, ours[:, None], self._offset + others[:, None])
        if isinstance(self._both, np.ndarray):
            return self._both[places, np.arange(places.shape[1])]
        import pandas as pd

        columns = {name: self._both[name].array.take(places[:, j]) for j, name in enumerate(self._both.columns)}
        return pd.DataFrame(columns)


def numeric_places(features: Features) -> list[int]:
    """Columns that hold numbers."""
    if isinstance(features, np.ndarray):
        return list(range(features.shape[1])) if features.dtype.kind in "fiu" else []
    return [j for j, dtype in enumerate(features.dtypes) if getattr(dtype, "kind", "O") in "fiu"]


def names_of(features: Features, names: Sequence[str]) -> list[str]:
    """The columns' names, given or the frame's own."""
    return list(names) or [str(name) for name in getattr(features, "columns", range(features.shape[1]))]
