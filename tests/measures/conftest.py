"""Tables to measure."""

import os
from pathlib import Path

import numpy as np
import pytest

from apps.measures.spec import Protected, Spec, Task

# before any library that counts processors is imported: threads of many test processes only wait for each other
os.environ.setdefault("OMP_NUM_THREADS", "1")

WORKING_AGE = Path(__file__).parent / "golden" / "working_age.parquet"


@pytest.fixture
def waiver_spec():
    """The employment waiver: favourable is predicted employed."""
    return Spec(
        task=Task.BINARY,
        target="employed",
        scores=("score",),
        positive_label=1,
        protected=(Protected("race", "RAC1P"), Protected("sex", "SEX")),
    )


@pytest.fixture
def loans():
    """1,000 scored loans with two groups, one of them small, and some values missing."""
    rng = np.random.default_rng(3)
    p = rng.beta(2, 2, 1000)
    sex = rng.choice(["f", "m"], 1000).astype(object)
    sex[:7] = None
    return {
        "y": (rng.random(1000) < p).astype(int),
        "p": p,
        "sex": sex,
        "region": rng.choice(["north", "south", "west"], 1000, p=[0.6, 0.35, 0.05]),
        "age": rng.integers(18, 80, 1000).astype(float),
        "w": rng.uniform(0.5, 2, 1000),
    }


@pytest.fixture
def loans_spec():
    return Spec(
        task=Task.BINARY,
        target="y",
        scores=("p",),
        positive_label=1,
        protected=(Protected("sex", "sex"), Protected("region", "region")),
        min_n=1,
    )


def only(results, measure, **where):
    """The one result of a measure with these attribute, group, class_ or slice_."""
    found = [
        r for r in results if r.measure == measure and all(getattr(r, name) == value for name, value in where.items())
    ]
    assert len(found) == 1, [(r.measure, r.attribute, r.group, r.slice_) for r in found]
    return found[0]
