"""Drift: frozen cells, honest noise, and the pitfalls that other libraries fell into."""

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.measures.distances import jensen_shannon, population_stability_index
from apps.measures.drift import ALPHA, drift_results
from apps.measures.measuring import measure
from apps.measures.profiles import Axis, Profile, cells_of_numbers
from apps.measures.spec import Spec, Task
from tests.measures.conftest import WORKING_AGE, only

SPEC = Spec(task=Task.REGRESSION, features=("x",), min_n=1)


def population(rng, n, shift=0.0):
    return {
        "amount": rng.lognormal(7 + shift, 1, n),
        "age": rng.integers(18, 70, n).astype(float) + 10 * shift,
        "rate": np.round(rng.normal(3, 1, n), 2),
        "region": rng.choice(["north", "south", "west", "isle"], n, p=[0.5, 0.3, 0.19, 0.01]),
        "p": rng.beta(2, 3, n),
        "y": rng.integers(0, 2, n),
    }


LOANS = Spec(
    task=Task.BINARY,
    target="y",
    scores=("p",),
    positive_label=1,
    features=("amount", "age", "rate", "region"),
)


def compared(reference, current, measure_id, column="x", spec=SPEC):
    return only(measure({column: current}, spec, ["drift"], {column: reference}), measure_id, attribute=column)


def test_200_resamples_of_an_unshifted_window_alarm_no_more_often_than_stated():
    rng = np.random.default_rng(11)
    reference = population(rng, 4000)
    spec = replace(LOANS, features=("amount", "age"), replicates=20)
    profile = Profile.freeze(reference, spec)
    alarms = dict.fromkeys(("psi", "ks_distance", "wasserstein", "jensen_shannon"), 0)
    for _ in range(200):
        rows = rng.integers(0, 4000, 1500)
        window = profile.count({name: values[rows] for name, values in reference.items()}, spec)
        results = drift_results(profile, window, spec)
        for name in alarms:
            alarms[name] += any((r.series or {}).get("above_noise") for r in results if r.measure == name)
    most = scipy.stats.binom.ppf(0.999, 200, ALPHA)
    assert max(alarms.values()) <= most, alarms


def test_windows_of_the_same_population_stay_below_the_floor_and_shifted_ones_rise_above_it():
    rng = np.random.default_rng(12)
    profile = Profile.freeze(population(rng, 4000), LOANS)
    for shift, expected in ((0.0, False), (0.3, True)):
        window = profile.count(population(rng, 1500, shift), LOANS)
        results = drift_results(profile, window, LOANS)
        for name in ("psi", "ks_distance", "wasserstein"):
            assert only(results, name, attribute="amount").series["above_noise"] is expected, (name, shift)


def test_one_outlier_leaves_the_psi_where_it_was():
    rng = np.random.default_rng(0)
    reference, current = rng.normal(0, 1, 20_000), rng.normal(0.5, 1, 20_000)
    calm = compared(reference, current, "psi")
    disturbed = compared(reference, np.append(current, 1e6), "psi")
    assert calm.value == pytest.approx(0.25, abs=0.02)
    assert disturbed.value == pytest.approx(calm.value, abs=1e-3)


def test_values_that_go_missing_are_drift():
    x = np.random.default_rng(1).normal(size=5000)
    gone = x.copy()
    gone[:4500] = np.nan
    result = compared(x, gone, "psi")
    assert result.value > 5 and result.series["above_noise"]
    assert result.series["bins"][-1]["bin"] == "missing" and result.series["bins"][-1]["window"] == 0.9


def test_a_category_never_seen_is_drift():
    before = np.array(["a"] * 900 + ["b"] * 100)
    after = np.array(["a"] * 900 + ["new"] * 100)
    result = compared(before, after, "psi")
    assert result.series["above_noise"]
    assert next(row for row in result.series["bins"] if row["bin"] == "other")["window"] == 0.1


def test_an_empty_bin_counts_half_a_row_so_psi_is_finite_and_continuous():
    reference = np.array([500, 500, 0])
    values = [float(population_stability_index(reference, np.array([500, 500 - k, k]))) for k in (0, 1, 2)]
    assert np.isfinite(values).all() and values[0] < 1e-5 and values[2] < 0.01


def test_distances_equal_scipys():
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 40, 3000).astype(float), rng.integers(3, 50, 2000).astype(float)
    assert compared(a, b, "ks_distance").value == pytest.approx(scipy.stats.ks_2samp(a, b).statistic, abs=1e-12)
    exact = scipy.stats.wasserstein_distance(a, b) / a.std()
    assert compared(a, b, "wasserstein").value == pytest.approx(exact, rel=1e-9)
    p, q = rng.integers(1, 99, 8), rng.integers(1, 99, 8)
    assert jensen_shannon(p, q) == pytest.approx(scipy.spatial.distance.jensenshannon(p, q, base=2), abs=1e-12)


def test_the_grid_is_close_to_exact_for_continuous_columns():
    rng = np.random.default_rng(3)
    a, b = rng.lognormal(0, 1, 50_000), rng.lognormal(0.1, 1.1, 30_000)
    assert compared(a, b, "ks_distance").value == pytest.approx(scipy.stats.ks_2samp(a, b).statistic, abs=3e-4)
    exact = scipy.stats.wasserstein_distance(a, b) / a.std()
    assert compared(a, b, "wasserstein").value == pytest.approx(exact, rel=2e-3)


def test_a_constant_reference_sees_a_value_on_either_side_of_it():
    for other in (4.0, 6.0):
        result = compared(np.full(500, 5.0), np.full(500, other), "ks_distance")
        assert result.value == 1.0
    assert compared(np.full(500, 5.0), np.full(500, 4.0), "wasserstein").status == "not_available"


def test_columns_that_are_absent_or_empty_say_so():
    results = measure({"z": [1.0]}, SPEC, ["drift"], {"x": [1.0, 2.0]})
    assert "no column 'x'" in only(results, "psi", attribute="x").reason
    nothing = compared(np.array([1.0, 2.0]), np.array([np.nan, np.nan]), "ks_distance")
    assert nothing.status == "not_available" and "missing" in nothing.reason


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, width=32), max_size=60),
    st.lists(st.floats(width=32), max_size=60),
    st.integers(0, 60),
)
def test_windows_add_up_and_come_back_from_json(reference, values, cut):
    known = np.array([x for x in reference if np.isfinite(x)])
    axis = Axis.of_numbers(known)
    whole = cells_of_numbers(np.array(values, dtype=float), axis)
    parts = cells_of_numbers(np.array(values[:cut], dtype=float), axis) + cells_of_numbers(
        np.array(values[cut:], dtype=float), axis
    )
    assert (parts.counts == whole.counts).all() and whole.n == len(values)
    profile = Profile({"x": axis}, {"x": whole})
    stored = json.loads(json.dumps(profile.as_dict(axes=False)))
    back = Profile.from_dict(stored, Profile.from_dict(json.loads(json.dumps(profile.as_dict()))).axes)
    assert back.as_dict() == profile.as_dict()


def test_stored_windows_give_the_drift_of_the_table():
    rng = np.random.default_rng(5)
    reference, window = population(rng, 2000), population(rng, 1000)
    profile = Profile.freeze(reference, LOANS)
    first, second = (
        {name: values[half] for name, values in window.items()} for half in (slice(0, 400), slice(400, None))
    )
    merged = profile.count(first, LOANS) + profile.count(second, LOANS)
    from_counts = drift_results(profile, merged, LOANS)
    from_table = measure(window, LOANS, ["drift"], reference)
    assert [(r.measure, r.attribute) for r in from_counts] == [(r.measure, r.attribute) for r in from_table]
    assert [r.value for r in from_counts] == pytest.approx([r.value for r in from_table])


def test_counts_over_other_cells_cannot_be_added():
    one, other = Profile.freeze({"x": [1.0, 2.0]}, SPEC), Profile.freeze({"x": [1.0, 3.0]}, SPEC)
    with pytest.raises(ValueError, match="can't be added"):
        one + other


def test_a_column_has_at_most_4096_cells():
    profile = Profile.freeze({"x": np.random.default_rng(0).normal(size=100_000)}, SPEC)
    assert profile.axes["x"].size <= 4096


def test_the_target_and_selection_rates_are_compared_with_their_interval(waiver_spec):
    results = measure(WORKING_AGE, replace(waiver_spec, features=("AGEP",)), ["drift"], WORKING_AGE)
    for name in ("target_rate_difference", "selection_rate_difference"):
        result = only(results, name)
        assert result.value == 0 and result.low < 0 < result.high and not result.series["above_noise"]
