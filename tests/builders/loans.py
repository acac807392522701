"""The second model of the demonstration: a scorecard on a thousand loans, too few of them of young people."""

import functools
import tempfile
from pathlib import Path

import pandas as pd
import skops.io

from apps.inventory.services.versions import add_version
from tests.builders.datasets import DATA, a_dataset, a_version
from tests.builders.inventory import a_model
from tests.builders.waiver import artifact

AGE = {
    "name": "age",
    "column": "age",
    "bins": {"edges": [25.0], "closed": "right", "labels": ["25 or under", "over 25"]},
    "reference_group": "over 25",
}


@functools.cache
def scorecard():
    """Logistic regression on the codes as they stand: (folder, inputs, categories)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = pd.read_csv(DATA / "german_credit.csv")
    rows.insert(0, "id", range(len(rows)))
    inputs = [name for name in rows.columns if name not in ("id", "credit_risk")]
    categories = {name: sorted(rows[name].unique()) for name in inputs if rows[name].dtype.kind not in "if"}
    train, held = rows[rows.id % 5 < 3], rows[rows.id % 5 >= 3]
    codes = train[inputs].apply(lambda column: _codes(column, categories)).to_numpy(dtype=float)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(codes, train.credit_risk)
    folder = Path(tempfile.mkdtemp(prefix="scorecard-"))
    skops.io.dump(model, folder / "model.skops")
    train.to_csv(folder / "train.csv", index=False)
    held.to_csv(folder / "held.csv", index=False)
    return folder, inputs, categories


def a_scorecard(olivia, dmitri, now, **more):
    """A draft version of the scorecard."""
    folder, inputs, categories = scorecard()
    said = {"target": "credit_risk", "id_column": "id", "protected": ["age"]}
    named = {
        field: a_version(
            dmitri, now, folder / f"{part}.csv", a_dataset(dmitri, now, name=f"Loans, {part}"), "loans.csv", **said
        ).reference
        for field, part in (("reference_data", "train"), ("evaluation_data", "held"))
    }
    metadata = {
        "version": "1.0.0",
        "format": "skops",
        "task": "binary_classification",
        **named,
        "inputs": inputs,
        "categories": categories,
        "target": "credit_risk",
        "protected": [AGE],
        "positive_label": "good",
        "threshold": 0.5,
        **more,
    }
    uses = [{"name": "Decide on consumer loans", "population": "Applicants for consumer loans"}]
    model = a_model(olivia, now, name="Retail credit scorecard", uses=uses, developers=[dmitri])
    return add_version(
        actor=dmitri,
        model=model,
        metadata=metadata,
        artifact=artifact(folder / "model.skops", "skops", now),
        now=now,
    )


def _codes(column, categories):
    known = categories.get(column.name)
    return column if known is None else column.map(known.index)
