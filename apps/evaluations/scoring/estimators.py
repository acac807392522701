"""A scikit-learn estimator from a skops file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apps.evaluations.scoring.columns import EITHER, NUMBER, Columns, listed, matrix
from apps.evaluations.scoring.request import REGRESSION, Label, Request
from apps.inventory.artifacts.trusted import TRUSTED_TYPES
from apps.jobs.sandbox.failures import Refused


def load_skops(path: Path) -> Any:
    """The estimator of a skops file; raises Refused for a type that isn't trusted."""
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return skops.io.load(path, trusted=sorted(TRUSTED_TYPES))
    except UntrustedTypesFoundException as error:
        raise Refused(f"The skops file wants to build types that we don't trust: {error}") from error
    except MemoryError:
        raise
    except Exception as error:
        raise Refused(f"The skops file can't be loaded: {type(error).__name__}: {error}") from error


class Estimator:
    """A fitted scikit-learn estimator as a model of columns."""

    def __init__(self, estimator: Any, request: Request):
        self.estimator = estimator
        self.request = request
        if not hasattr(estimator, "predict"):
            raise Refused(
                f"The artefact holds a {type(estimator).__name__}, which has no predict: it is no fitted model."
            )
        self.takes_text = takes_text(estimator)
        self.names = self._order()
        self.wants = dict.fromkeys(request.inputs, EITHER if self.takes_text else NUMBER)
        classes = getattr(estimator, "classes_", None)
        self.labels: list[Label] | None = None if classes is None else classes.tolist()

    @property
    def engine(self) -> dict[str, str]:
        """The libraries whose versions the scores depend on."""
        import sklearn

        return {"scikit-learn": sklearn.__version__}

    def _order(self) -> tuple[str, ...]:
        """The inputs in the order the estimator was fitted on."""
        taken = getattr(self.estimator, "feature_names_in_", None)
        if taken is not None:
            names = [str(name) for name in taken]
            missing = [name for name in names if name not in self.request.inputs]
            if missing:
                raise Refused(f"The model was fitted on {listed(missing)}, which the metadata's inputs don't name.")
            more = [name for name in self.request.inputs if name not in names]
            if more:
                raise Refused(f"The metadata names the inputs {listed(more)}, on which the model wasn't fitted.")
            return tuple(names)
        count = getattr(self.estimator, "n_features_in_", len(self.request.inputs))
        if count != len(self.request.inputs):
            raise Refused(f"The model takes {count} inputs and the metadata names {len(self.request.inputs)}.")
        return self.request.inputs

    def raw(self, columns: Columns) -> Any:
        """Scores as the estimator gives them: shape (rows,) or (rows, classes)."""
        rows = self._rows({name: columns[name] for name in self.names})
        if self.request.task == REGRESSION:
            return self.estimator.predict(rows)
        if hasattr(self.estimator, "predict_proba"):
            return self.estimator.predict_proba(rows)
        if self.request.score_kind == "points" and hasattr(self.estimator, "decision_function"):
            return self.estimator.decision_function(rows)
        raise Refused("The model gives no probabilities; declare score_kind as points where its scores only rank.")

    def _rows(self, columns: Columns) -> Any:
        if not self.takes_text and not hasattr(self.estimator, "feature_names_in_"):
            return matrix(columns, float)
        import pandas as pd

        if not hasattr(self.estimator, "feature_names_in_"):
            return matrix(columns, object)
        return pd.DataFrame({name: self._series(name, values) for name, values in columns.items()})

    def _series(self, name: str, values: Any) -> Any:
        import pandas as pd

        known = self.request.categories.get(name)
        if values.dtype != object or known is None:
            return values
        return pd.Categorical(values, categories=[str(value) for value in known])


def takes_text(estimator: Any) -> bool:
    """Whether an encoder within was fitted on text, so that the model is given what people wrote and not codes."""
    categories = getattr(estimator, "categories_", None)
    if categories is not None and any(getattr(values, "dtype", None) is not None for values in categories):
        return any(values.dtype.kind not in "biuf" for values in categories)
    return any(takes_text(part) for part in _parts(estimator))


def _parts(estimator: Any) -> Iterator[Any]:
    yield from (step for _, step in getattr(estimator, "steps", []))
    yield from (step for _, step, _ in getattr(estimator, "transformers_", []))
    yield from getattr(estimator, "calibrated_classifiers_", [])
    yield from (getattr(estimator, name) for name in ("estimator", "_preprocessor") if hasattr(estimator, name))
