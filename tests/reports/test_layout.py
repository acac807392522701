"""A card wastes no room and loses no figure: what many numbers rest on alike is said once, plots share a line."""

from apps.reports.layout import evidence
from apps.reports.layout.blocks import Chart, Table
from apps.reports.layout.figures import captioned, measured, shared_n
from apps.reports.printing import html
from apps.reports.services import compose

NUMBER = {"measure": "psi", "value": 0.01, "low": 0.0, "high": 0.02, "n": 2000, "status": "ok"}


def test_an_n_that_all_numbers_share_is_said_in_the_caption():
    n = shared_n([NUMBER, None, {**NUMBER, "value": 0.5}])
    assert n == 2000 and "n" not in measured(NUMBER, n).small
    assert captioned("Drift by column", n).endswith("throughout") and "2" in captioned("Drift by column", n)


def test_otherwise_each_number_keeps_its_own():
    n = shared_n([NUMBER, {**NUMBER, "n": 12}])
    assert n is None and captioned("Drift by column", n) == "Drift by column"
    assert measured(NUMBER, n).small.endswith("000")


def test_a_number_on_other_rows_than_the_caption_says_still_tells_its_n():
    assert "n" in measured({**NUMBER, "n": 12}, 2000).small


def test_no_table_loses_its_denominators(version, now):
    card = compose(version, now).card
    card = {**card, "drift": [{**NUMBER, "attribute": name, "series": {}} for name in ("age", "sex")]}
    card["measures"]["psi"] = {"title": "Population stability index"}
    (table,) = [block for block in evidence.robustness(card).blocks if isinstance(block, Table)]
    assert table.caption == captioned("Drift by column", 2000)


def test_square_plots_stand_before_their_tables_and_beside_one_another(version, now):
    card = compose(version, now).card
    bins = [{"from": 0, "to": 1, "predicted": 0.5, "observed": 0.5, "low": 0.4, "high": 0.6, "n": 9}]
    auc = {**NUMBER, "measure": "auc", "series": {"roc": {"fpr": [0, 1], "tpr": [0, 1]}}}
    calibrated = {**NUMBER, "measure": "expected_calibration_error", "series": {"reliability": bins}}
    blocks = [*evidence.roc([auc]), *evidence.reliability([calibrated])]
    ordered = evidence._plots_first(blocks)
    assert [isinstance(block, Chart) for block in ordered] == [True, True, False]
    assert {block.shape for block in ordered[:2]} == {"square"}
    assert html(card).count("<html") == 1
