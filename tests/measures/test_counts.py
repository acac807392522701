"""Counts merge, come back from storage, and give what the rows give."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.measures.counts import Counts
from apps.measures.fairness import fairness_results
from apps.measures.measuring import measure
from apps.measures.scores import ScoreCounts
from apps.measures.spec import Protected, Spec, Task
from apps.measures.tables import Table
from tests.measures.conftest import only

SPEC = Spec(
    task=Task.BINARY,
    target="y",
    scores=("p",),
    positive_label=1,
    protected=(Protected("sex", "sex"), Protected("race", "race")),
    min_n=1,
    replicates=50,
)


def counted(table):
    with Table(table) as opened:
        return Counts.read(opened, SPEC)


@st.composite
def windows(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(2, 120))
    table = pd.DataFrame(
        {
            "sex": rng.choice(["f", "m", None], n),
            "race": rng.choice([1.0, 2.0, 9.0, np.nan], n),
            "y": rng.choice([0.0, 1.0, np.nan], n),
            "p": np.round(rng.random(n), 3),
        }
    ).astype({"sex": "string"})
    return table, draw(st.integers(0, n))


@settings(max_examples=40, deadline=None)
@given(windows())
def test_counts_of_two_windows_add_up_to_the_counts_of_both(drawn):
    table, cut = drawn
    whole, parts = counted(table), counted(table[:cut]) + counted(table[cut:])
    assert parts.groups == whole.groups
    assert (parts.rows == whole.rows).all()
    assert parts.scores == pytest.approx(whole.scores)


@settings(max_examples=20, deadline=None)
@given(windows())
def test_counts_come_back_from_json_as_they_were(drawn):
    counts = counted(drawn[0])
    back = Counts.from_dict(json.loads(json.dumps(counts.as_dict())))
    assert back.as_dict() == counts.as_dict()


@settings(max_examples=20, deadline=None)
@given(windows())
def test_margins_keep_every_row(drawn):
    counts = counted(drawn[0])
    assert counts.by("sex").n == counts.by("race", "sex").n == counts.n == len(drawn[0])


@settings(max_examples=30, deadline=None)
@given(windows())
def test_scores_counted_apart_and_added_rank_as_together(drawn):
    table, cut = drawn
    table = table.dropna(subset="y")
    cut = min(cut, len(table))

    def scored(part):
        return ScoreCounts.of(part.p.to_numpy(), part.y.to_numpy(), np.ones(len(part)))

    whole, parts = scored(table), scored(table[:cut]) + scored(table[cut:])
    assert parts.as_dict() == whole.as_dict()
    assert ScoreCounts.from_dict(json.loads(json.dumps(whole.as_dict()))).as_dict() == whole.as_dict()


def test_stored_counts_give_the_fairness_of_the_table(loans, loans_spec):
    with Table(loans) as opened:
        stored = Counts.read(opened, loans_spec).as_dict()
    again = fairness_results(Counts.from_dict(stored), loans_spec)
    from_table = [r for r in measure(loans, loans_spec, ["fairness"]) if r.measure != "group_auc"]
    assert [r.as_dict() for r in again] == [r.as_dict() for r in from_table]


def test_counts_by_other_attributes_cannot_be_added(loans, loans_spec):
    with Table(loans) as opened:
        counts = Counts.read(opened, loans_spec)
    with pytest.raises(ValueError, match="can't be added"):
        counts + counts.by("sex")


def test_draws_scatter_as_rows_drawn_again_would(loans, loans_spec):
    with Table(loans) as opened:
        counts = Counts.read(opened, loans_spec)
    selected = np.concatenate(list(counts.draws(2000, seed=1)))[..., :, 1].sum(axis=(1, 2))
    share = counts.rows[..., :, 1].sum() / counts.n
    assert selected.std() / counts.n == pytest.approx(np.sqrt(share * (1 - share) / counts.n), rel=0.06)


def test_weights_count_rows_by_their_weight_and_keep_n(loans, loans_spec):
    from dataclasses import replace

    results = measure(loans, replace(loans_spec, weight="w"), ["fairness"])
    rate = next(r for r in results if r.measure == "selection_rate" and r.group == {"sex": "f"})
    female = loans["sex"] == "f"
    assert rate.n == female.sum()
    assert rate.value == pytest.approx(np.average(loans["p"][female] >= 0.5, weights=loans["w"][female]))


def test_weights_never_make_a_few_rows_look_like_many():
    heavy = {"y": np.repeat([1, 0], [10, 990]), "w": np.repeat([100.0, 1.0], [10, 990])}
    heavy["p"] = np.where(np.arange(1000) % 2, 0.9, 0.1)
    spec = Spec(task=Task.BINARY, target="y", scores=("p",), positive_label=1, weight="w", min_n=100)
    found = only(measure(heavy, spec, ["performance"]), "recall")
    assert found.n == 10 and found.status == "too_small"
    assert found.high - found.low > 0.4  # ten rows of one weight are ten rows


def test_a_weighted_class_counts_its_rows_too():
    table = {"y": np.repeat(["a", "b", "c"], [10, 300, 690]), "w": np.repeat([50.0, 1.0, 1.0], [10, 300, 690])}
    table["d"] = np.resize(["a", "b", "c"], 1000)
    spec = Spec(task=Task.MULTICLASS, target="y", prediction="d", classes=("a", "b", "c"), weight="w")
    assert only(measure(table, spec, ["performance"]), "class_recall", class_="a").n == 10


def test_draws_in_portions_are_the_draws_at_once(monkeypatch, loans, loans_spec):
    counts = counted(loans | {"race": loans["region"]})
    (together,) = counts.draws(30, seed=1)
    monkeypatch.setattr("apps.measures.counts.CELLS_AT_ONCE", 7 * counts.weights.size)
    apart = list(counts.draws(30, seed=1))
    assert [len(portion) for portion in apart] == [7, 7, 7, 7, 2]
    assert np.array_equal(np.concatenate(apart), together)
