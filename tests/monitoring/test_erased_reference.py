"""A model whose reference rows were erased is watched on by the counts that were frozen of them."""

from datetime import timedelta

import pytest

from apps.core.errors import Gone
from apps.jobs.running import work_off
from apps.monitoring.models import Plan
from apps.monitoring.reference import reference_of
from tests.builders.erasures import erase, table_of
from tests.builders.monitoring import closed, outcomes, people, predictions, send

pytestmark = pytest.mark.usefixtures("own_files")


def test_windows_are_closed_as_before(petra, rosa, olivia, version, model, month, now):
    work_off()
    before = reference_of(Plan.objects.get())
    erase(olivia, rosa, table_of(version).dataset, now, "p0-1", "p0-2")
    assert table_of(version).gone
    after = reference_of(Plan.objects.get())
    assert (after.spec, after.columns, after.target_type) == (before.spec, before.columns, before.target_type)
    assert after.outcomes == ["no", "yes"]
    rows = people(500, seed=2)
    send(petra, model, predictions(rows, month[0] + timedelta(days=1)), now)
    send(petra, model, outcomes(rows, now - timedelta(hours=1)), now, "outcomes")
    window = closed(rosa, model, *month, now)
    assert (window.predictions, window.outcomes) == (500, 500)
    assert window.results.get(measure="psi", attribute="age").n == 500
    assert window.results.get(measure="auc").n == 500


def test_rows_that_were_never_counted_are_gone_for_good(olivia, rosa, version, now):
    erase(olivia, rosa, table_of(version).dataset, now, "p0-1")
    plan = Plan.objects.get()
    plan.profile_id = None
    with pytest.raises(Gone, match="were erased"):
        reference_of(plan)
