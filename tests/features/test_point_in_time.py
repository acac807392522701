"""The point-in-time join is what its definition says, row by row."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.features.joining.holding import Leak
from tests.features.joins import joined, known, number, table, taken

START = datetime.fromisoformat("2026-01-01")
MOMENT = pa.timestamp("us")
ROWS = {"k": pa.int64(), "event": MOMENT, "created": MOMENT, "value": pa.float64()}
LABELS = {"k": pa.int64(), "at": MOMENT}


def day(number):
    return START + timedelta(days=number)


def row(k, event, created=None, value=1.0):
    return {"k": k, "event": day(event), "created": day(event if created is None else created), "value": value}


def label(k, at):
    return {"k": k, "at": day(at)}


def values(folder, labels, rows, **more):
    found, _ = joined(folder, table(labels, **LABELS), table(rows, **ROWS), **more)
    return [one["value"] for one in found]


class TestWhatCounts:
    def test_the_latest_event_that_was_known(self, tmp_path):
        rows = [row(1, 1, value=10.0), row(1, 5, value=50.0), row(1, 9, value=90.0), row(2, 1, value=7.0)]
        labels = [label(1, 0), label(1, 1), label(1, 8), label(1, 30), label(2, 8), label(3, 8)]
        assert values(tmp_path, labels, rows) == [None, 10.0, 50.0, 90.0, 7.0, None]

    def test_a_row_that_arrives_late_is_not_known_before(self, tmp_path):
        rows = [row(1, 1, value=10.0), row(1, 5, created=9, value=50.0)]
        assert values(tmp_path, [label(1, 6), label(1, 8), label(1, 9)], rows) == [10.0, 10.0, 50.0]

    def test_a_row_that_arrives_late_hides_no_later_event(self, tmp_path):
        rows = [row(1, 3, created=9, value=30.0), row(1, 5, value=50.0)]
        assert values(tmp_path, [label(1, 4), label(1, 6), label(1, 10)], rows) == [None, 50.0, 50.0]

    def test_a_row_that_was_created_before_its_event_waits_for_it(self, tmp_path):
        assert values(tmp_path, [label(1, 4), label(1, 5)], [row(1, 5, created=2, value=9.0)]) == [None, 9.0]

    def test_of_one_event_the_row_created_last_counts_once_it_was_known(self, tmp_path):
        rows = [row(1, 5, created=8, value=8.0), row(1, 5, created=6, value=6.0), row(1, 5, created=7, value=7.0)]
        assert values(tmp_path, [label(1, at) for at in (5, 6, 7, 8, 9)], rows) == [None, 6.0, 7.0, 8.0, 8.0]

    def test_of_rows_that_are_alike_the_last_in_the_table_counts(self, tmp_path):
        rows = [row(1, 5, value=float(value)) for value in range(200)]
        assert values(tmp_path, [label(1, 9)] * 3, rows) == [199.0] * 3

    def test_the_time_to_live_ends_after_its_last_moment(self, tmp_path):
        found, answered = joined(
            tmp_path,
            table([label(1, 30), {"k": 1, "at": day(30) + timedelta(microseconds=1)}, label(2, 1)], **LABELS),
            table([row(1, 0, value=3.0)], **ROWS),
            ttl=timedelta(days=30),
        )
        assert [one["value"] for one in found] == [3.0, None, None]
        (tally,) = answered.tallies
        assert (tally.matched, tally.expired, tally.unmatched, tally.keyless) == (1, 1, 1, 0)

    def test_labels_keep_their_order_and_their_doubles(self, tmp_path):
        labels = [label(2, 9), label(1, 9), label(2, 9), label(1, 9)]
        assert values(tmp_path, labels, [row(1, 1, value=1.0), row(2, 1, value=2.0)]) == [2.0, 1.0, 2.0, 1.0]

    def test_what_has_no_key_matches_nothing(self, tmp_path):
        found, answered = joined(
            tmp_path, table([label(None, 9), label(1, 9)], **LABELS), table([row(None, 1), row(1, 1)], **ROWS)
        )
        assert [one["value"] for one in found] == [None, 1.0] and answered.tallies[0].keyless == 1

    def test_what_is_no_finite_number_is_missing_and_counted(self, tmp_path):
        rows = [row(1, 1, value=float("nan")), row(2, 1, value=float("inf")), row(3, 1, value=None), row(4, 1)]
        found, answered = joined(tmp_path, table([label(k, 9) for k in (1, 2, 3, 4)], **LABELS), table(rows, **ROWS))
        assert [one["value"] for one in found] == [None, None, None, 1.0]
        (tally,) = answered.tallies
        assert (tally.matched, tally.empty, tally.not_finite) == (4, {"value": 3}, {"value": 2})
        assert tally.missing("value") == 3

    def test_expressions_are_of_the_row_that_was_found(self, tmp_path):
        chosen = [number("half", "value / 2"), number("again", "source.value"), number("value", "value + 1")]
        found, _ = joined(
            tmp_path, table([label(1, 9)], **LABELS), table([row(1, 1, value=8.0)], **ROWS), chosen=chosen
        )
        assert found == [{"k": 1, "at": day(9), "half": 4.0, "again": 8.0, "value": 9.0}]

    def test_keys_of_several_columns_under_other_names(self, tmp_path):
        rows = [{"a": 1, "b": "x", "event": day(1), "created": day(1), "value": 1.0}]
        rows += [{"a": 1, "b": "y", "event": day(1), "created": day(1), "value": 2.0}]
        labels = [{"who": 1, "what": what, "at": day(5)} for what in ("y", "x", None, "z")]
        found, _ = joined(
            tmp_path,
            table(labels, who=pa.int64(), what=pa.string(), at=MOMENT),
            table(rows, a=pa.int64(), b=pa.string(), event=MOMENT, created=MOMENT, value=pa.float64()),
            keys={"a": "who", "b": "what"},
        )
        assert [one["value"] for one in found] == [2.0, 1.0, None, None]

    def test_moments_are_compared_in_utc_and_dates_begin_at_midnight(self, tmp_path):
        there = datetime.fromisoformat("2026-01-02T01:00:00+02:00")  # 23:00 on the first in UTC
        rows = [
            {"k": 1, "event": there, "created": date(2026, 1, 1), "value": 1.0},
            {"k": 1, "event": datetime(2026, 1, 2, tzinfo=UTC), "created": date(2026, 1, 2), "value": 2.0},
        ]
        labels = [
            {"k": 1, "at": datetime.fromisoformat("2026-01-01T22:59")},
            {"k": 1, "at": datetime.fromisoformat("2026-01-01T23:00")},
        ]
        labels += [{"k": 1, "at": datetime.fromisoformat("2026-01-02")}]
        found, _ = joined(
            tmp_path,
            table(labels, **LABELS),
            table(rows, k=pa.int64(), event=pa.timestamp("us", tz="UTC"), created=pa.date32(), value=pa.float64()),
        )
        assert [one["value"] for one in found] == [None, 1.0, 2.0]

    def test_an_empty_table_gives_nothing(self, tmp_path):
        found, answered = joined(tmp_path, table([label(1, 1)], **LABELS), table([], **ROWS))
        assert found == [{"k": 1, "at": day(1), "value": None}] and answered.tallies[0].unmatched == 1


class TestWhatIsRefused:
    def refused(self, folder, labels, rows, **more):
        with pytest.raises(Leak) as refusal:
            joined(folder, table(labels, **LABELS, **more.pop("beside", {})), table(rows, **ROWS), **more)
        assert not (folder / "joined.parquet").exists()
        return str(refusal.value)

    def test_a_label_without_a_moment(self, tmp_path):
        assert "1 label of 2 have no moment in “at”" in self.refused(
            tmp_path, [label(1, 1), {"k": 1, "at": None}], [row(1, 0)]
        )

    @pytest.mark.parametrize("time", ["event", "created"])
    def test_a_row_without_its_times(self, tmp_path, time):
        said = self.refused(tmp_path, [label(1, 1)], [row(1, 0), {**row(1, 0), time: None}])
        assert f"1 row of 2 of FV-0001@1 have no “{time}”" in said

    def test_a_view_that_came_after_every_label(self, tmp_path):
        said = self.refused(tmp_path, [label(1, 1), label(2, 3)], [row(1, 4), row(2, 0, created=4)])
        assert "after the last label" in said

    @pytest.mark.parametrize("expression", ["value", "-value", "CASE WHEN value = 1 THEN 20 ELSE 30 END"])
    def test_a_feature_that_is_the_target_under_another_name(self, tmp_path, expression):
        labels = [{**label(k, 9), "y": float(k % 2)} for k in range(40)]
        rows = [row(k, 1, value=float(k % 2)) for k in range(40)]
        said = self.refused(
            tmp_path, labels, rows, target="y", beside={"y": pa.float64()}, chosen=[number("x", expression)]
        )
        assert "“x” of FV-0001@1 tells “y”" in said

    def test_a_feature_that_is_the_targets_own_number(self, tmp_path):
        labels = [{**label(k, 9), "y": k / 7} for k in range(100)]
        rows = [row(k, 1, value=k / 7) for k in range(100)]
        assert "tells “y”" in self.refused(tmp_path, labels, rows, target="y", beside={"y": pa.float64()})

    def test_a_feature_that_merely_goes_with_the_target_is_none(self, tmp_path):
        labels = [{**label(k, 9), "y": float(k % 2)} for k in range(40)]
        rows = [row(k, 1, value=float((k % 2) ^ (k == 7))) for k in range(40)]
        found, _ = joined(tmp_path, table(labels, **LABELS, y=pa.float64()), table(rows, **ROWS), target="y")
        assert len(found) == 40


KEYS = st.one_of(st.none(), st.integers(1, 3))
STEPS = st.integers(0, 12)
A_ROW = st.builds(
    row, KEYS, STEPS, STEPS, st.one_of(st.none(), st.floats(-5, 5), st.sampled_from([float("nan"), float("inf")]))
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(A_ROW, max_size=25),
    labels=st.lists(st.builds(label, KEYS, STEPS), min_size=1, max_size=8),
    ttl=st.one_of(st.none(), st.integers(0, 8).map(lambda days: timedelta(days=days) or timedelta(seconds=1))),
)
def test_it_gives_what_looking_at_every_row_gives(rows, labels, ttl):
    expected = [taken(one, {"k": "k"}, "at", rows, ttl) for one in labels]
    with tempfile.TemporaryDirectory() as folder:
        try:
            found, answered = joined(Path(folder), table(labels, **LABELS), table(rows, **ROWS), ttl=ttl)
        except Leak:
            last = max(one["at"] for one in labels)
            assert rows and all(max(one["event"], one["created"]) > last for one in rows)
            return
    assert [one["value"] for one in found] == [known(one["value"]) if one else None for one, _ in expected]
    (tally,) = answered.tallies
    for why in ("keyless", "unmatched", "expired", "matched"):
        assert getattr(tally, why) == sum(reason == why for _, reason in expected)
