"""Groups are found by their labels however these are spelt, and too many of them are none."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from apps.measures.measuring import measure
from apps.measures.spec import Protected
from apps.measures.tables import Table
from tests.measures.conftest import only


def test_an_attribute_of_thousands_of_groups_is_not_compared_and_the_reason_asks_for_bands(loans, loans_spec):
    fine = loans | {"sex": np.arange(1000).astype(str)}
    assert only(measure(fine, loans_spec), "worst_impact_ratio", attribute="sex").status == "ok"
    found = measure(
        {name: np.resize(column, 1500) for name, column in loans.items()} | {"sex": np.arange(1500)}, loans_spec
    )
    refused = [r for r in found if r.measure == "worst_impact_ratio"]
    assert [r.status for r in refused] == ["not_available"] and "1,500 groups" in refused[0].reason


def test_one_long_label_does_not_make_room_for_a_table_of_long_labels(loans, loans_spec):
    labels = np.array([f"g{i % 300}" for i in range(20_000)], dtype=object)
    labels[7] = "x" * 100_000
    with Table({"sex": labels}) as opened:
        tracemalloc.start()
        codes, names = opened.codes('"sex"')
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(names) == 301 and names[codes[7]] == "x" * 100_000
    assert peak < 20_000_000


def test_rows_decided_without_a_score_do_not_make_a_calibrated_group_look_wrong(loans, loans_spec):
    half = loans | {"p": np.where(np.arange(1000) % 2, loans["p"], np.nan), "d": (loans["p"] > 0.5).astype(int)}
    known = {name: column[1::2] for name, column in half.items()}
    spec = replace(loans_spec, prediction="d")
    there, alone = (only(measure(t, spec), "group_calibration_gap", group={"sex": "f"}) for t in (half, known))
    assert there.value == pytest.approx(alone.value) and there.n == alone.n


@pytest.mark.parametrize("reference", ["True", "true", True])
def test_a_reference_group_is_found_whichever_way_it_is_spelt(loans, loans_spec, reference):
    spec = replace(loans_spec, protected=(Protected("adult", "adult", reference_group=reference),))
    found = only(measure(loans | {"adult": loans["age"] >= 30}, spec), "worst_impact_ratio")
    assert found.status == "ok" and found.group == {"adult": "false"}


def test_a_true_or_false_outcome_has_a_target_rate(loans, loans_spec):
    table = loans | {"y": loans["y"] == 1}
    spec = replace(loans_spec, positive_label=True)
    assert only(measure(table, spec, reference=table), "target_rate_difference").value == 0
