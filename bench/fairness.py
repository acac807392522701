"""Fairness of a million rows by groups: our counts beside fairlearn's MetricFrame, equal and in one run.

Run by `python bench/fairness.py [rows]`. Times are CPU seconds of this process, medians where there are several runs;
both sides get the same columns, ours as a Parquet file that has yet to be read, fairlearn's as a frame in memory.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pandas as pd

from apps.measures import rates
from apps.measures.counts import Counts
from apps.measures.measuring import measure
from apps.measures.rates import GroupRates
from apps.measures.spec import Protected, Spec, Task
from apps.measures.tables import Table

ATTRIBUTES = ["sex", "race", "age_band"]
SPEC = Spec(
    task=Task.BINARY,
    target="y",
    prediction="d",
    positive_label=1,
    protected=tuple(Protected(name, name) for name in ATTRIBUTES),
    min_n=1,
)
RATES = {
    "selection_rate": rates.SELECTION,
    "true_positive_rate": rates.TRUE_POSITIVE,
    "false_positive_rate": rates.FALSE_POSITIVE,
    "precision": rates.PRECISION,
    "accuracy": rates.ACCURACY,
}


def people(n: int) -> pd.DataFrame:
    """Rows of 40 intersectional groups, drawn from seed 0."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "sex": pd.Categorical.from_codes(rng.integers(0, 2, n), ["f", "m"]),
            "race": pd.Categorical.from_codes(rng.choice(5, n, p=[0.6, 0.15, 0.12, 0.08, 0.05]), list("abcde")),
            "age_band": pd.Categorical.from_codes(rng.integers(0, 4, n), ["<25", "25-44", "45-64", "65+"]),
        }
    )
    chance = 0.45 + 0.1 * table.sex.cat.codes - 0.03 * table.race.cat.codes
    table["y"] = (rng.random(n) < chance).astype("int8")
    table["d"] = np.where(rng.random(n) < 0.8, table.y, 1 - table.y).astype("int8")
    return table


def by_fairlearn(table: pd.DataFrame) -> pd.DataFrame:
    """Five rates by intersection, as fairlearn's users compute them."""
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import accuracy_score, precision_score

    metrics = dict(
        zip(
            RATES,
            (selection_rate, true_positive_rate, false_positive_rate, precision_score, accuracy_score),
            strict=True,
        )
    )
    frame = MetricFrame(metrics=metrics, y_true=table.y, y_pred=table.d, sensitive_features=table[ATTRIBUTES])
    return frame.by_group


def by_counts(path: Path) -> tuple[list[tuple[str, ...]], dict[str, np.ndarray]]:
    """The same from one aggregate of the file."""
    with Table(path) as opened:
        counts = Counts.read(opened, SPEC)
    return list(counts.groups), {name: GroupRates.of(counts, rate, 1).value for name, rate in RATES.items()}


def equal(frame: pd.DataFrame, groups: list[tuple[str, ...]], values: dict[str, np.ndarray]) -> bool:
    """Whether every rate of every group is the same to the last bit."""
    return all(frame.loc[group, name] == values[name][i] for i, group in enumerate(groups) for name in RATES)


def seconds(work, repeats: int) -> float:
    """Median CPU seconds of a few runs."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main(n: int) -> int:
    """Print the table; 1 where the numbers differ."""
    table = people(n)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.parquet"
        table.to_parquet(path, index=False)
        by_fairlearn(table[:1000])  # imports don't count
        start = time.process_time()
        frame = by_fairlearn(table)
        theirs = time.process_time() - start
        groups, values = by_counts(path)
        same = equal(frame, groups, values)
        ours = seconds(lambda: by_counts(path), 9)
        everything = seconds(lambda: measure(path, SPEC, ["fairness"]), 3)
        results = measure(path, SPEC, ["fairness"])
    lines = [
        f"{n:,} rows, {len(groups)} groups, five rates",
        f"fairlearn MetricFrame      {theirs:9.3f} s CPU",
        f"counts                     {ours:9.3f} s CPU   {theirs / ours:5.0f}x   equal to the last bit: {same}",
        f"all {len(results):,} fairness results {everything:9.3f} s CPU   {theirs / everything:5.0f}x"
        "   seven sets of groups, with intervals",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000))
