"""SQL that looks at many rows is tried without what came later: what was known must come out the same."""

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.features.definitions import read_view
from apps.features.joining.holding import Leak
from apps.features.joining.preparing import prepare

START = datetime.fromisoformat("2026-01-01")
TEXT = """\
name: Payments
entity: customer
keys: [k]
source: DS-0001
event_time: event
created_time: created
"""
MONTHLY = """\
sql: |
  SELECT k, {event} AS event, {created} AS created, sum(paid) AS paid
  FROM source GROUP BY k, date_trunc('month', event)
features:
  - name: paid
    type: number
"""
WINDOW = """\
{sql}features:
  - name: mean
    type: number
    expression: avg(paid) OVER (PARTITION BY k ORDER BY event)
"""
HONEST = """\
sql: |
  SELECT k, event, max(created) OVER (PARTITION BY k ORDER BY event) AS created,
    avg(paid) OVER (PARTITION BY k ORDER BY event) AS mean
  FROM source
features:
  - name: mean
    type: number
"""


@pytest.fixture
def source(tmp_path):
    """Writes payments, one every three days for two customers; each fourth arrives `late` days later."""

    def write(late=0):
        days = [(k, 3 * n + k) for n in range(40) for k in (1, 2)]
        rows = [
            {
                "k": k,
                "event": START + timedelta(days=day),
                "created": START + timedelta(days=day + (late if place % 4 == 0 else 0), hours=6),
                "paid": float(day * 7 % 11),
            }
            for place, (k, day) in enumerate(days)
        ]
        path = tmp_path / "source.parquet"
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path

    return write


def prepared(text, source):
    view, _ = read_view(TEXT + text)
    target = source.parent / "rows.parquet"
    prepare(view, "FV-0001@1", source, target)
    return pq.read_table(target).to_pylist()


def test_a_months_sum_is_known_at_its_end(source):
    rows = prepared(MONTHLY.format(event="max(event)", created="max(created)"), source())
    assert len(rows) == 2 * 4 and sum(row["paid"] for row in rows) > 0


def test_a_months_sum_is_not_known_on_its_first_day(source):
    text = MONTHLY.format(event="date_trunc('month', min(event))", created="date_trunc('month', min(event))")
    with pytest.raises(
        Leak, match=r"rows? of .* of FV-0001@1 that were known on 2026-.*\(paid\)\. Its SQL looks ahead"
    ):
        prepared(text, source())


def test_a_mean_over_all_time_is_never_known(source):
    text = HONEST.replace("avg(paid) OVER (PARTITION BY k ORDER BY event)", "avg(paid) OVER (PARTITION BY k)")
    with pytest.raises(Leak, match="looks ahead"):
        prepared(text, source())


def test_a_window_back_is_as_known_as_its_rows(source):
    assert len(prepared(WINDOW.format(sql=""), source())) == 80


def test_a_window_back_over_rows_that_came_late_was_not_known_then(source):
    with pytest.raises(Leak, match=r"\(mean\)"):
        prepared(WINDOW.format(sql=""), source(late=30))


def test_saying_when_all_of_it_was_known_mends_that(source):
    assert len(prepared(HONEST, source(late=30))) == 80


def test_the_same_rows_come_out_the_same_to_the_last_bit(source):
    path = source()
    assert prepared(HONEST, path) == prepared(HONEST, path)
