"""Shapley values by the cheapest method that proves additive on the model at hand.

All methods share one game: a coalition's value is the mean prediction with the other features taken from background
rows (interventional, Lundberg & Lee 2017; Janzing et al. 2020). Every method's values are checked on every run: they
must add up, with the base, to the model's own predictions; one that doesn't is passed over.
"""

import contextlib
import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.measures.arrays import Floats
from apps.measures.features import Features, Mixture, Predict, numeric_places, predictions, rows, stacked
from apps.measures.results import NotAvailable

TOLERANCE = 1e-3  # of the predictions' standard deviation
ROUNDING = 1e-6  # of the largest prediction: a model that answers in single precision is not made wrong by it
MANY_ROWS = 2000
FEWEST_PAIRS, FEWEST_ROWS = 4, 10  # of orders and of cases, below which a sampled value says nothing
EXACT_IS_WORTH = 5  # times the budget, for values that need no sampling
AT_ONCE = 2_000_000  # cells of mixed rows held at a time


@dataclass(frozen=True)
class Attribution:
    """Contributions of features to predictions.

    Attributes:
        method: its name; exact: whether the values are Shapley's, not estimates.
        values: shape (n, k); base: the mean prediction of the background used.
        errors: standard errors of sampled values, shape (n, k), zero for exact ones.
        gap: the largest |base + Σ values − prediction|.
        n is the number of the game's rows, or fewer where the budget allows no more: then the first of them.
    """

    method: str
    exact: bool
    values: Floats
    base: float
    errors: Floats
    gap: float
    statement: str


@dataclass(frozen=True)
class Game:
    """The model as it is explained: `score` on the chosen scale, rows to explain, background rows."""

    score: Callable[[Features], Floats]
    features: Features
    background: Features
    estimator: Any
    seed: int
    budget: int

    @property
    def size(self) -> int:
        """Features."""
        return int(self.features.shape[1])


def exact(game: Game) -> Attribution | None:
    """The first exact method, cheapest first, whose values add up; None where none does."""
    predicted = game.score(game.features)
    return next((found for found in _candidates(game, predicted) if _adds_up(found, predicted)), None)


def _adds_up(found: Attribution, predicted: Floats) -> bool:
    """Whether the gap is nothing beside how far predictions lie apart, whatever their scale."""
    return found.gap <= TOLERANCE * float(np.std(predicted)) + ROUNDING * float(np.abs(predicted).max())


def _candidates(game: Game, predicted: Floats) -> Iterator[Attribution]:
    makers: list[Callable[[Game, Floats], Attribution]] = [linear]
    trees = [tree_shap, woodelf] if len(game.features) < MANY_ROWS else [woodelf, tree_shap]
    makers += trees if _is_tree(game.estimator) else [additive]
    for make in makers:
        found = None
        # a library that can't read this estimator is passed over like one that errs; progress bars are not ours
        with contextlib.suppress(Exception), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            found = make(game, predicted)
        if found is not None:
            yield found


def _is_tree(estimator: Any) -> bool:
    name = type(estimator).__name__
    return any(part in name for part in ("Forest", "Boosting", "DecisionTree", "ExtraTree", "XGB", "LGBM"))


def linear(game: Game, predicted: Floats) -> Attribution:
    """coefficient · (x − mean of the background): exact for linear scores, in closed form."""
    coefficients = np.ravel(game.estimator.coef_)
    if len(coefficients) != game.size or len(numeric_places(game.features)) != game.size:
        raise ValueError("Not one coefficient a column.")
    ours, others = (np.asarray(table, dtype=np.float64) for table in (game.features, game.background))
    values = coefficients * (ours - others.mean(axis=0))
    base = float(game.score(game.background).mean())
    return _exact("linear closed form", values, base, predicted, "The score is linear in its features.")


def additive(game: Game, predicted: Floats) -> Attribution:
    """Each feature moved alone from one fixed row: exact where features don't interact, for k·(n + b) predictions.

    An additive score's Shapley value of a feature is its own function less that function's background mean; whether
    the score is additive is what the check of the sums decides.
    """
    n, b, k = len(game.features), len(game.background), game.size
    if k * (n + b) > EXACT_IS_WORTH * game.budget:
        raise ValueError("Too many predictions.")
    probe = np.arange(min(n, 50))
    if n > len(probe):
        part = Game(game.score, rows(game.features, probe), game.background, None, game.seed, game.budget)
        if not _adds_up(additive(part, predicted[probe]), predicted):
            raise ValueError("Features interact.")
    everyone = Mixture(stacked(game.features, game.background), game.background)
    first = np.zeros(n + b, dtype=np.int64)
    values = np.empty((n, k))
    for j in range(k):
        lends = np.zeros((n + b, k), bool)
        lends[:, j] = True
        moved = game.score(everyone.take(np.arange(n + b), first, lends))
        values[:, j] = moved[:n] - moved[n:].mean()
    base = float(game.score(game.background).mean())
    return _exact(
        "additive",
        values,
        base,
        predicted,
        f"Features don't interact on this scale: checked on {n} rows, each alone.",
    )


def tree_shap(game: Game, predicted: Floats) -> Attribution:
    """shap's TreeExplainer over the background: exact for tree ensembles."""
    import shap

    explainer = shap.TreeExplainer(game.estimator, game.background, feature_perturbation="interventional")
    values = _last_class(explainer.shap_values(game.features, check_additivity=False))
    base = float(game.score(game.background).mean())
    return _exact("tree SHAP (shap)", values, base, predicted, "Exact over the trees and the background rows.")


def woodelf(game: Game, predicted: Floats) -> Attribution:
    """The same by woodelf-explainer, faster for many rows; its sign is wrong for forests, which the check finds."""
    import pandas as pd
    from woodelf import WoodelfExplainer

    ours, others = (pd.DataFrame(table) for table in (game.features, game.background))
    values = _last_class(WoodelfExplainer(game.estimator, others).shap_values(ours))
    base = float(game.score(game.background).mean())
    return _exact("tree SHAP (woodelf)", values, base, predicted, "Exact over the trees and the background rows.")


def sampled(game: Game) -> Attribution:
    """Permutation sampling, each order with its reverse, on the same background rows for every case.

    Sums are exact by construction (they telescope); single values are unbiased with the standard error stated.
    Source: Castro et al. (2009); antithetic pairs: Mitchell et al. (2022).

    Raises:
        NotAvailable: there are so many features that the budget of predictions is spent on a handful of cases.
    """
    n, k = _affordable(game), game.size
    ours = rows(game.features, np.arange(n))
    pairs = max(FEWEST_PAIRS, min(len(game.background), game.budget // (2 * n * (k + 1))))
    rng = np.random.default_rng(game.seed)
    chosen = rng.permutation(len(game.background))[:pairs]
    if len(chosen) < pairs:
        chosen = rng.choice(len(game.background), pairs)
    mixture = Mixture(ours, game.background)
    estimates = np.zeros((len(chosen), n, k))
    for draw, other in enumerate(chosen):
        order = rng.permutation(k)
        for way in (order, order[::-1]):
            estimates[draw] += _walk(game, mixture, n, int(other), way) / 2
    values = estimates.mean(axis=0)
    errors = estimates.std(axis=0, ddof=1) / np.sqrt(len(chosen))
    base = float(game.score(rows(game.background, chosen)).mean())
    gap = float(np.abs(base + values.sum(axis=1) - game.score(ours)).max())
    statement = (
        f"Estimated from {len(chosen)} pairs of feature orders over as many background rows: sums are exact, single"
        f" values have a median standard error of {float(np.median(errors)):.2g}."
    )
    return Attribution("permutation sampling", False, values, base, errors, gap, statement)


def _affordable(game: Game) -> int:
    """How many cases the budget allows, each walked through all features by the fewest pairs of orders."""
    n = min(len(game.features), game.budget // (2 * FEWEST_PAIRS * (game.size + 1)))
    if n < min(FEWEST_ROWS, len(game.features)):
        raise NotAvailable(
            f"The model takes {game.size:,} features that interact: explaining even {FEWEST_ROWS} cases needs more"
            f" than {game.budget:,} predictions."
        )
    return n


def _walk(game: Game, mixture: Mixture, n: int, other: int, order: Any) -> Floats:
    """Gains of features switched on one after another, shape (n, k); a bounded number of cells at a time."""
    k = game.size
    rank = np.empty(k, dtype=np.int64)
    rank[order] = np.arange(k)
    worth = np.empty((k + 1, n))
    for steps in np.array_split(np.arange(k + 1), max(1, (k + 1) * n * k // AT_ONCE)):
        switched = rank[None, :] < steps[:, None]
        ours = np.tile(np.arange(n), len(steps))
        mixed = mixture.take(ours, np.full(len(ours), other), np.repeat(switched, n, axis=0))
        worth[steps] = game.score(mixed).reshape(len(steps), n)
    gains = np.empty((n, k))
    gains[:, order] = np.diff(worth, axis=0).T
    return gains


def _last_class(values: Any) -> Floats:
    found = np.asarray(values[-1] if isinstance(values, list) else values, dtype=np.float64)
    return found[..., -1] if found.ndim == 3 else found


def _exact(method: str, values: Floats, base: float, predicted: Floats, statement: str) -> Attribution:
    gap = float(np.abs(base + values.sum(axis=1) - predicted).max())
    return Attribution(method, True, values, base, np.zeros_like(values), gap, statement)


def on_scale(predict: Predict, link: str) -> Callable[[Features], Floats]:
    """The prediction itself ("identity"), or its log-odds ("logit")."""
    if link == "identity":
        return lambda features: predictions(predict, features)

    def log_odds(features: Features) -> Floats:
        p = predictions(predict, features)
        return np.asarray(np.log(p) - np.log1p(-p))

    return log_odds
