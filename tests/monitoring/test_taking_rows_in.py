"""Rows that come in: what is taken, what is ignored, and the sentence for what is rejected."""

from datetime import timedelta

import pyarrow
import pytest

from apps.audit.models import Entry
from apps.core.errors import RuleViolated
from apps.monitoring.models import Batch
from apps.monitoring.services.batches import met_again
from tests.builders.monitoring import outcomes, people, predictions, send
from tests.builders.versions import a_draft


@pytest.fixture
def rows(now):
    return predictions(people(5, seed=1), now - timedelta(days=3))


def reasons(batch):
    return {said["row"]: said["reason"] for said in batch.rejections}


def taken(petra, model, rows, now, sort="predictions"):
    batch = send(petra, model, rows, now, sort)
    assert batch.number is not None
    return batch


def test_good_rows_are_taken_and_the_ledger_names_their_digest(petra, model, rows, now):
    batch = taken(petra, model, rows, now)
    assert (batch.accepted, batch.rejected, batch.number) == (5, 0, 1)
    told = list(Entry.objects.filter(subject_reference=str(batch.pk)).order_by("pk").values_list("verb", flat=True))
    assert told == ["monitoring.batch_received", "monitoring.batch_taken"]
    assert batch.rows_id in Entry.objects.latest("pk").payload.body


def test_the_same_rows_again_are_ignored(petra, model, rows, now):
    taken(petra, model, rows, now)
    again = taken(petra, model, rows, now)
    assert (again.accepted, again.ignored, again.rejected) == (0, 5, 0)


def test_the_same_id_with_other_values_is_rejected_by_name(petra, model, rows, now):
    taken(petra, model, rows, now)
    other = {**rows[0], "score": 0.123}
    batch = taken(petra, model, [other, *rows[1:]], now)
    assert (batch.accepted, batch.ignored) == (0, 4)
    assert reasons(batch) == {0: "id: p1-0 was sent before with other values; the first counts."}


def test_an_id_twice_in_one_batch_counts_once(petra, model, rows, now):
    batch = taken(petra, model, [rows[0], rows[0], {**rows[0], "score": 0.9}], now)
    assert (batch.accepted, batch.ignored, batch.rejected) == (1, 1, 1)
    assert "p1-0 was sent before with other values" in reasons(batch)[2]


def test_of_all_that_came_before_only_what_a_batch_meets_again_is_held(petra, model, now):
    for seed in (1, 2, 3):
        taken(petra, model, predictions(people(50, seed=seed), now - timedelta(days=3)), now)
    keys = pyarrow.table({"_key": ["p2-7", "p3-0", "p9-0"]})
    tables = met_again(keys, Batch.objects.taken(model, "predictions"))
    assert [table.column("_key").to_pylist() for table in tables] == [["p2-7"], ["p3-0"]]


BAD = {
    "no id": ({"id": None}, "id: every row needs one."),
    "blank id": ({"id": " "}, "id: every row needs one."),
    "no moment": ({"time": "yesterday"}, "time: Write the moment as ISO 8601"),
    "a moment to come": ({"time": "2031-01-01T00:00:00Z"}, "time: it lies in the future."),
    "no version": ({"version": ""}, "version: say which predicted."),
    "a version there is none of": ({"version": "9.9.9"}, "version: MDL-0001@9.9.9 is no version of MDL-0001."),
    "no score": ({"score": None}, "score: it has to be a number."),
    "a score in words": ({"score": "high"}, "score: it has to be a number."),
    "a score beyond 1": ({"score": 1.5}, "score: 1.5 is no probability: those lie from 0 to 1."),
    "a feature in words": ({"features": {"age": "old"}}, "age: “old” is no number."),
    "features that are none": ({"features": [1, 2]}, "features: it is an object of columns and values."),
    "a nested value": ({"features": {"age": [1]}}, "age: it is one value, not several."),
    "an unknown field": ({"colour": "red"}, "colour: there is no such field."),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_rejected_with_a_reason_and_the_others_are_taken(petra, model, rows, now, name):
    change, sentence = BAD[name]
    batch = taken(petra, model, [{**rows[0], **change}, *rows[1:]], now)
    assert batch.accepted == 4
    assert reasons(batch)[0].startswith(sentence)


def test_a_row_that_is_no_object_is_rejected(petra, model, rows, now):
    batch = taken(petra, model, ["hello", *rows[1:]], now)
    assert batch.accepted == 4 and reasons(batch)[0].startswith("A row is an object")


def test_a_version_that_was_never_released_cannot_have_predicted(petra, model, olivia, rows, now):
    from apps.inventory.services.versions import add_version

    said = {**model.versions.get().metadata, "version": "2.0.0"}
    add_version(actor=petra, model=model, metadata=said, now=now)
    batch = taken(petra, model, [{**rows[0], "version": "2.0.0"}], now)
    assert (
        reasons(batch)[0]
        == "version: MDL-0001@2.0.0 was never released where decisions are made, so nobody watches it."
    )


def test_columns_that_are_missing_or_strange_are_noted(petra, model, rows, now):
    strange = [{**row, "features": {"shoe_size": 43}} for row in rows]
    batch = taken(petra, model, strange, now)
    assert batch.accepted == 5
    assert batch.notes == [
        "No row has “age”, which the model was tested with.",
        "“shoe_size” was not kept: the model was not tested with it.",
    ]


def test_a_model_that_runs_nowhere_takes_nothing(policies_in_force, olivia, petra, now):
    draft = a_draft(olivia, petra, now)
    with pytest.raises(RuleViolated, match="MDL-0001 is not watched yet"):
        send(petra, draft.model, [{"id": "1"}], now)
    assert not Batch.objects.exists()


class TestOutcomes:
    def test_may_come_before_their_predictions(self, petra, model, now):
        batch = taken(petra, model, outcomes(people(3, seed=9), now - timedelta(days=1)), now, "outcomes")
        assert batch.accepted == 3

    def test_twice_the_same_are_ignored_and_contradicting_ones_rejected(self, petra, model, now):
        rows = outcomes(people(3, seed=1), now - timedelta(days=1))
        taken(petra, model, rows, now, "outcomes")
        assert taken(petra, model, rows, now, "outcomes").ignored == 3
        other = {**rows[0], "outcome": "no" if rows[0]["outcome"] == "yes" else "yes"}
        batch = taken(petra, model, [other], now, "outcomes")
        assert reasons(batch)[0] == "outcome: p1-0 was given another outcome for the same moment; the first counts."

    def test_a_later_one_corrects(self, petra, model, now):
        rows = outcomes(people(1, seed=1), now - timedelta(days=2))
        taken(petra, model, rows, now, "outcomes")
        later = {**rows[0], "outcome": "yes", "time": (now - timedelta(days=1)).isoformat()}
        assert taken(petra, model, [later], now, "outcomes").accepted == 1

    def test_one_the_model_was_never_tested_on_is_rejected(self, petra, model, now):
        row = {"id": "p1-0", "outcome": "perhaps", "time": now.isoformat()}
        batch = taken(petra, model, [row], now, "outcomes")
        assert reasons(batch)[0] == "outcome: “perhaps” is none of the outcomes the model was tested on: no, yes."
