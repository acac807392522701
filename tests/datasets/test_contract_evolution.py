"""What a table's columns may become, by mode."""

import pytest

from apps.datasets.contracts import Compatibility, changes, forbidden

BEFORE = {"id": "integer", "when": "date", "note": "string"}
STEPS = {
    "added": {**BEFORE, "more": "string"},
    "removed": {"id": "integer", "when": "date"},
    "widened": {**BEFORE, "id": "number", "when": "timestamp"},
    "retyped": {**BEFORE, "note": "integer"},
    "same": BEFORE,
    "reordered": dict(reversed(BEFORE.items())),
}
ALLOWED = {
    "backward": {"added", "removed", "widened"},
    "forward": {"added", "removed"},
    "full": {"added", "removed"},
    "none": set(STEPS),
}


@pytest.mark.parametrize("mode", Compatibility)
@pytest.mark.parametrize("step", STEPS)
def test_each_mode_allows_its_changes(mode, step):
    found = forbidden(changes(BEFORE, STEPS[step]), mode)
    assert (not found) == (step in ALLOWED[mode] | {"same", "reordered"})


def test_what_is_required_neither_comes_nor_goes_unnoticed():
    gone = changes(BEFORE, STEPS["removed"], required_before={"note"})
    come = changes(BEFORE, STEPS["added"], required_after={"more"})
    assert [change.kind for change in (*gone, *come)] == ["removed_required", "added_required"]
    assert not forbidden(gone, "backward")
    assert forbidden(come, "backward")
    assert forbidden(gone, "forward")
    assert not forbidden(come, "forward")
    assert forbidden(gone, "full")
    assert forbidden(come, "full")


def test_narrower_is_the_way_back():
    found = changes(STEPS["widened"], BEFORE)
    assert {change.kind for change in found} == {"narrowed"}
    assert not forbidden(found, "forward")
    assert forbidden(found, "backward")


def test_a_column_of_the_same_cells_is_renamed():
    after = {"id": "integer", "when": "date", "remark": "string"}
    (found,) = changes(BEFORE, after, renamed={"note": "remark", "nowhere": "id"})
    assert str(found) == "“note” is called “remark” now"
    assert all(forbidden([found], mode) for mode in ("backward", "forward", "full"))


def test_whether_a_cell_may_be_missing_can_change_too():
    loosened = changes(BEFORE, BEFORE, required_before={"id"})
    tightened = changes(BEFORE, BEFORE, required_after={"id"})
    assert not forbidden(loosened, "backward")
    assert forbidden(loosened, "forward")
    assert forbidden(tightened, "backward")
    assert not forbidden(tightened, "forward")
