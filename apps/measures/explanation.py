"""What the model's predictions rest on: global importance, reasons for cases, dependence of the top features."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from apps.measures import intervals
from apps.measures.arrays import Array, Booleans, Floats
from apps.measures.definitions import EVERY, Definition, Direction, Family, add
from apps.measures.features import Features, Predict, column, names_of, predictions, rows, with_column
from apps.measures.results import Estimate, Result
from apps.measures.scores import ScoreCounts
from apps.measures.shapley import Attribution, Game, exact, on_scale, sampled

ROWS = 500
BACKGROUND = 100
TOP = 5
REPEATS = 5


@dataclass(frozen=True)
class Explanation:
    """JSON types throughout, so that it can leave the sandbox.

    Attributes:
        method, exact, statement: how, and what to make of it.
        scale: "log-odds" or "prediction"; contributions are on it.
        base: mean prediction of the background; additivity_gap: largest |base + Σ contributions − prediction|.
        importance: {feature, value (mean |contribution|), low, high} a feature, most important first.
        permutation: {feature, value (what shuffling it costs), low, high, loss} a feature; empty without a target.
        cases: {row, prediction, reasons: [{feature, value, contribution}]}, the reasons strongest first.
        dependence: per top feature, points {x, contribution, n}.
    """

    method: str
    exact: bool
    statement: str
    scale: str
    base: float
    additivity_gap: float
    n: int
    background_n: int
    confidence: float
    importance: list[dict[str, Any]]
    permutation: list[dict[str, Any]] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    dependence: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Explanation":
        """What `as_dict` gave."""
        return cls(**stored)


def explain(
    predict: Predict,
    features: Features,
    background: Features,
    names: Sequence[str] = (),
    estimator: Any = None,
    *,
    target: Array | None = None,
    link: Literal["auto", "logit", "identity"] = "auto",
    direction: Literal["higher", "lower"] = "higher",
    seed: int = 0,
    budget: int = 200_000,
    confidence: float = 0.95,
) -> Explanation:
    """Explain a model on some rows, by the cheapest method that proves additive.

    Args:
        predict: frame or array in, one number a row out (or two class columns, of which the second is taken).
        features: rows to explain, a frame or an array of shape (n, k); 500 drawn from more.
        background: rows that stand for "not knowing" a feature; 100 drawn from more.
        names: of the columns, where `features` is an array.
        estimator: the fitted scikit-learn, XGBoost or LightGBM model behind `predict`, where there is one.
        target: outcomes of `features`, shape (n,); with it, permutation importance is given too.
        link: the scale to explain; "auto" takes log-odds where all predictions lie inside 0..1.
        direction: "lower" where a lower score makes the positive label more likely.
        budget: most predictions to ask for when values must be sampled; fewer cases are explained where it is short.

    Raises:
        NotAvailable: values must be sampled, and the budget would not do for ten cases.
    """
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(features))[:ROWS])
    others = np.sort(rng.permutation(len(background))[:BACKGROUND])
    explained, behind = rows(features, chosen), rows(background, others)
    predicted = predictions(predict, explained)
    scales = _scales(link, np.concatenate([predicted, predictions(predict, behind)]))
    found, scale = _best(
        [Game(on_scale(predict, name), explained, behind, estimator, seed, budget) for name in scales], scales
    )
    chosen = chosen[: len(found.values)]
    explained, predicted = rows(explained, np.arange(len(chosen))), predicted[: len(chosen)]
    labels = names_of(features, names)
    order = np.argsort(-np.abs(found.values).mean(axis=0), kind="stable")
    lost = []
    if target is not None:
        lost = _shuffled(predict, features, np.asarray(target), labels, direction, seed, confidence)
    return Explanation(
        method=found.method,
        exact=found.exact,
        statement=found.statement,
        scale="log-odds" if scale == "logit" else "prediction",
        base=found.base,
        additivity_gap=found.gap,
        n=len(chosen),
        background_n=len(others),
        confidence=confidence,
        importance=[_importance(labels[j], found.values[:, j], confidence) for j in order],
        permutation=lost,
        cases=_cases(found, explained, predicted, labels, chosen),
        dependence={labels[j]: _dependence(column(explained, j), found.values[:, j]) for j in order[:TOP]},
    )


def _scales(link: str, predicted: Floats) -> list[str]:
    inside = bool(((predicted > 0) & (predicted < 1)).all())
    if link == "auto":
        return ["logit", "identity"] if inside else ["identity"]
    return [link]


def _best(games: list[Game], scales: list[str]) -> tuple[Attribution, str]:
    """The first scale with an exact method; without one, sampling on the first scale."""
    for game, scale in zip(games, scales, strict=True):
        found = exact(game)
        if found is not None:
            return found, scale
    return sampled(games[0]), scales[0]


def _importance(name: str, contributions: Floats, confidence: float) -> dict[str, Any]:
    value, error = intervals.mean_error(np.abs(contributions), np.ones(len(contributions)))
    low, high = intervals.normal(value, error, confidence, 0.0)
    return {"feature": name, "value": value, "low": low, "high": high}


def _cases(
    found: Attribution, explained: Features, predicted: Floats, labels: list[str], places: Array
) -> list[dict[str, Any]]:
    """Five cases from the lowest prediction to the highest, each with its four strongest reasons."""
    ranked = np.argsort(predicted, kind="stable")
    chosen = dict.fromkeys(int(ranked[round(q * (len(ranked) - 1))]) for q in (0, 0.25, 0.5, 0.75, 1))
    return [
        {
            "row": int(places[i]),
            "prediction": float(predicted[i]),
            "reasons": [
                {
                    "feature": labels[j],
                    "value": _plain(column(explained, j)[i]),
                    "contribution": float(found.values[i, j]),
                }
                for j in np.argsort(-np.abs(found.values[i]), kind="stable")[:4]
            ],
        }
        for i in chosen
    ]


def _dependence(values: Array, contributions: Floats) -> list[dict[str, Any]]:
    """Mean contribution by value: at most twenty groups of equal size for numbers, the levels otherwise."""
    if values.dtype.kind in "fiu":
        return _numeric_dependence(values.astype(np.float64), contributions)
    texts = np.array(["missing" if v is None or v != v else str(v) for v in values.tolist()])
    levels, counts = np.unique(texts, return_counts=True)
    kept = levels[np.argsort(-counts, kind="stable")[:20]]
    return [_point(str(level), contributions, texts == level) for level in kept]


def _numeric_dependence(values: Floats, contributions: Floats) -> list[dict[str, Any]]:
    known = np.isfinite(values)
    points = []
    if known.any():
        cuts = np.unique(np.quantile(values[known], np.arange(1, 20) / 20))
        groups = np.searchsorted(cuts, values, side="left")
        for group in np.unique(groups[known]):
            inside = known & (groups == group)
            points.append(_point(float(values[inside].mean()), contributions, inside))
    return points + ([_point("missing", contributions, ~known)] if not known.all() else [])


def _point(x: float | str, contributions: Floats, inside: Booleans) -> dict[str, Any]:
    return {"x": x, "contribution": float(contributions[inside].mean()), "n": int(inside.sum())}


def _shuffled(
    predict: Predict,
    features: Features,
    target: Array,
    labels: list[str],
    direction: str,
    seed: int,
    confidence: float,
) -> list[dict[str, Any]]:
    """What shuffling each feature alone costs: AUC for two classes, mean squared error for numbers.

    Source: Breiman (2001); Fisher, Rudin & Dominici (2019).
    """
    rng = np.random.default_rng(seed)
    kept = np.sort(rng.permutation(len(features))[:2000])
    table, outcome = rows(features, kept), np.asarray(target[kept], dtype=np.float64)
    two = set(np.unique(outcome)) == {0.0, 1.0}
    sign = -1.0 if two and direction == "lower" else 1.0
    start = _loss(outcome, sign * predictions(predict, table), two)
    found = []
    for j, name in enumerate(labels):
        costs = np.empty(REPEATS)
        for repeat in range(REPEATS):
            shuffled = with_column(table, j, column(table, j)[rng.permutation(len(kept))])
            costs[repeat] = _loss(outcome, sign * predictions(predict, shuffled), two) - start
        low, high = intervals.normal(float(costs.mean()), float(costs.std(ddof=1) / REPEATS**0.5), confidence)
        loss = "AUC" if two else "mean squared error"
        found.append({"feature": name, "value": float(costs.mean()), "low": low, "high": high, "loss": loss})
    return sorted(found, key=lambda item: -item["value"])


def _loss(outcome: Floats, predicted: Floats, two: bool) -> float:
    if two:
        return -ScoreCounts.of(predicted, outcome, np.ones(len(outcome))).auc()
    return float(np.mean((predicted - outcome) ** 2))


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if value is None or value != value else value if isinstance(value, int | float | bool) else str(value)


IMPORTANCE = add(
    Definition(
        id="feature_importance",
        title="Global importance",
        family=Family.EXPLANATION,
        tasks=EVERY,
        formula="mean over rows of |Shapley value of the feature|",
        source="Lundberg & Lee (2017); interventional: Janzing, Minorics & Blöbaum (2020)",
        reading="How far the feature moves predictions on average, on the scale that the result names.",
        unit="log-odds, or the prediction's unit",
        convention="Interventional over background rows; the method, and whether it is exact, stands in the series.",
        interval=intervals.MEAN,
        direction=Direction.NONE,
        parameters={"background": "rows that stand for not knowing a feature", "seed": "of the rows drawn"},
    )
)
PERMUTATION = add(
    Definition(
        id="permutation_importance",
        title="Permutation importance",
        family=Family.EXPLANATION,
        tasks=EVERY,
        formula="loss with the feature shuffled − loss",
        source="Breiman (2001); Fisher, Rudin & Dominici (2019)",
        reading="What the model would lose without the feature's order: AUC, or mean squared error for numbers.",
        unit="AUC, or the target's unit squared",
        convention=f"Mean of {REPEATS} shuffles of up to 2,000 rows; correlated features hide each other.",
        interval="standard error over shuffles, normal",
        direction=Direction.NONE,
        parameters={"seed": "of the shuffles"},
    )
)
ADDITIVITY = add(
    Definition(
        id="explanation_additivity",
        title="Additivity of the explanation",
        family=Family.EXPLANATION,
        tasks=EVERY,
        formula="max over rows of |base + Σ contributions − prediction|",
        source="Lundberg & Lee (2017), local accuracy",
        reading="0 up to rounding: the reasons add up to the prediction. The series tells the method and its cases.",
        unit="log-odds, or the prediction's unit",
        convention="Checked on every run; a method off by 0.001 of a standard deviation is passed over.",
        interval="none: a maximum over the rows explained",
        direction=Direction.LOWER,
    )
)


def explanation_results(explanation: Explanation, min_n: int = 0) -> list[Result]:
    """The explanation as results: importance by feature, its additivity, and the cases beside it."""
    n, confidence = explanation.n, explanation.confidence
    beside = {"scale": explanation.scale, "method": explanation.method, "exact": explanation.exact}
    results = [
        IMPORTANCE.result(
            Estimate(
                value=item["value"],
                n=n,
                low=item["low"],
                high=item["high"],
                method=intervals.MEAN,
                attribute=item["feature"],
                series=beside | {"dependence": explanation.dependence.get(item["feature"], [])},
            ),
            confidence=confidence,
            min_n=min_n,
        )
        for item in explanation.importance
    ]
    results += [
        PERMUTATION.result(
            Estimate(
                value=item["value"],
                n=n,
                low=item["low"],
                high=item["high"],
                method=PERMUTATION.interval,
                attribute=item["feature"],
                series={"loss": item["loss"]},
            ),
            confidence=confidence,
        )
        for item in explanation.permutation
    ]
    told = beside | {"statement": explanation.statement, "base": explanation.base, "cases": explanation.cases}
    gap = Estimate(value=explanation.additivity_gap, n=n, method=ADDITIVITY.interval, series=told)
    return [*results, ADDITIVITY.result(gap, confidence=confidence)]
