"""The ten kinds of checks on real tables: what counts as failing, what as missing, how often it is read."""

import datetime as dt
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.datasets.contracts import Before, inspect, read_contract
from tests.builders.contracts import contract, ours

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
BIG = 9_007_199_254_740_993  # 2^53 + 1, which no float holds


moment = dt.datetime.fromisoformat


def stored(folder, columns, name="table"):
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def held(folder, columns, text, **options):
    """What a table looks like under a contract: the findings by name."""
    report = inspect(stored(folder, columns), read_contract(text)[0], as_of=NOW, **options)
    return {finding.name: finding for finding in report.findings}, report


def one(folder, values, rule=None, type_=None, **said):
    """(outcome, value, failing) of the only check of a column x."""
    described = {"name": "x", **({"logicalType": type_} if type_ else {}), **said}
    if rule:
        described["quality"] = [rule]
    found, _ = held(folder, {"x": values}, contract([described]))
    ((_, finding),) = [item for item in found.items() if item[0] != "columns as promised"]
    return finding.outcome, finding.value, finding.failing


def invalid(**arguments):
    return {"metric": "invalidValues", "mustBe": 0, "arguments": arguments}


def numbers(*values):
    return pa.array(values, pa.float64(), from_pandas=False)


def test_missing_is_null_and_nan(tmp_path):
    assert one(tmp_path, numbers(1.0, None, math.nan, math.inf), required=True) == ("failed", 2, 2)
    assert one(tmp_path, pa.array(["a", None, ""]), required=True) == ("failed", 1, 1)
    words = {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None, "", "N/A"]}}
    assert one(tmp_path, pa.array(["a", None, "", "N/A"]), words) == ("failed", 3, 3)


def test_a_share_is_of_all_rows_and_of_none_it_is_zero(tmp_path):
    rule = {"metric": "nullValues", "mustBeLessOrEqualTo": 25, "unit": "percent"}
    assert one(tmp_path, pa.array([1, 2, 3, None]), rule) == ("passed", 25.0, 1)
    assert one(tmp_path, pa.array([1, None, None, None]), rule) == ("failed", 75.0, 3)
    assert one(tmp_path, pa.array([], pa.int64()), rule) == ("passed", 0.0, 0)


def test_what_is_missing_is_no_duplicate_and_not_out_of_range(tmp_path):
    assert one(tmp_path, pa.array([1, None, None]), unique=True) == ("passed", 0, 0)
    assert one(tmp_path, numbers(1.0, math.nan, math.nan, None), unique=True) == ("passed", 0, 0)
    bounds = {"minimum": 0, "maximum": 5}
    assert one(tmp_path, numbers(1.0, math.nan, None), logicalTypeOptions=bounds) == ("passed", 0, 0)
    assert one(tmp_path, pa.array([None, "a"]), invalid(validValues=["a"])) == ("passed", 0, 0)
    assert one(tmp_path, pa.array([None, "a"]), invalid(pattern="^a$")) == ("passed", 0, 0)


def test_duplicates_are_the_rows_beyond_the_first(tmp_path):
    assert one(tmp_path, pa.array([1, 1, 1, 2, 2, 3]), unique=True) == ("failed", 3, 3)
    assert one(tmp_path, numbers(0.0, -0.0, 1.0), unique=True) == ("failed", 1, 1)
    assert one(tmp_path, pa.array([BIG, BIG - 1]), unique=True) == ("passed", 0, 0)


def test_a_key_of_several_columns_is_compared_where_it_is_whole(tmp_path):
    rule = {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["a", "b"]}, "name": "key"}
    text = contract([{"name": "a"}, {"name": "b"}], quality=[rule])
    table = {"a": [1, 1, 1, None, None], "b": ["x", "y", "x", "x", "x"]}
    found, _ = held(tmp_path, table, text)
    assert (found["key"].outcome, found["key"].value) == ("failed", 1)


def test_ranges_are_exact_for_whole_numbers(tmp_path):
    values = pa.array([BIG - 1, BIG, BIG + 1, None])
    assert one(tmp_path, values, invalid(maximum=BIG), "integer") == ("failed", 1, 1)
    assert one(tmp_path, values, invalid(exclusiveMaximum=BIG), "integer") == ("failed", 2, 2)
    assert one(tmp_path, pa.array([1, 2, 3]), invalid(minimum=1.5, maximum=2.5)) == ("failed", 2, 2)
    least = pa.array([-(2**63), 2**63 - 1])
    assert one(tmp_path, least, invalid(minimum=-(2**63), maximum=2**63 - 1), "integer") == ("passed", 0, 0)
    assert one(tmp_path, least, invalid(minimum=-(2**63) + 1), "integer") == ("failed", 1, 1)


def test_ranges_of_numbers_dates_moments_and_lengths(tmp_path):
    assert one(tmp_path, numbers(0.1, 0.2, math.inf), invalid(minimum=0.1, maximum=1)) == ("failed", 1, 1)
    assert one(tmp_path, numbers(0.1, 0.2), invalid(exclusiveMinimum=0.1)) == ("failed", 1, 1)
    days = pa.array([dt.date(2026, 1, 1), dt.date(2026, 1, 3)])
    assert one(tmp_path, days, invalid(maximum="2026-01-02"), "date") == ("failed", 1, 1)
    moments = pa.array([moment("2026-01-01 10:00"), moment("2026-01-01 12:00")])
    assert one(tmp_path, moments, invalid(minimum="2026-01-01T12:00:00+01:00"), "timestamp") == ("failed", 1, 1)
    assert one(tmp_path, pa.array(["é", "ab", "abc", None]), invalid(minLength=2, maxLength=2)) == ("failed", 2, 2)
    assert one(tmp_path, pa.array([5, 10, 12, -5, None]), type_="integer", logicalTypeOptions={"multipleOf": 5}) == (
        *("failed", 1, 1),
    )


def test_sets_and_forms(tmp_path):
    assert one(tmp_path, pa.array(["BY", "by", ""]), invalid(validValues=["BY", "it's"])) == ("failed", 2, 2)
    assert one(tmp_path, pa.array([True, False]), invalid(validValues=[True]), "boolean") == ("failed", 1, 1)
    assert one(tmp_path, pa.array([BIG, BIG - 1]), invalid(validValues=[BIG]), "integer") == ("failed", 1, 1)
    # found anywhere, unless it says where: as in JSON Schema
    assert one(tmp_path, pa.array(["xay", "b"]), invalid(pattern="a")) == ("failed", 1, 1)
    assert one(tmp_path, pa.array(["it's", "a\nb"]), invalid(pattern="^it's$")) == ("failed", 1, 1)


def test_freshness_is_told_at_the_moment_the_table_came(tmp_path):
    sla = [{"property": "latency", "value": 2, "unit": "d", "element": "x"}]
    text = contract([{"name": "x"}], slaProperties=sla)
    for newest, outcome in ((moment("2026-11-22 12:00"), "passed"), (moment("2026-11-22 11:59"), "failed")):
        found, _ = held(tmp_path, {"x": pa.array([newest, moment("2020-01-01 00:00"), None])}, text)
        assert found["x fresh"].outcome == outcome
    found, _ = held(tmp_path, {"x": pa.array([dt.date(2026, 11, 24)])}, text)
    assert found["x fresh"].value == 12 * 3600
    found, _ = held(tmp_path, {"x": pa.array([None], pa.date32())}, text)
    assert (found["x fresh"].outcome, found["x fresh"].reason[:20]) == ("error", "“x” holds no value, ")


def test_rows_are_counted(tmp_path):
    text = contract([{"name": "x"}], quality=[{"metric": "rowCount", "mustBeBetween": [2, 3]}])
    for rows, outcome in ((1, "failed"), (2, "passed"), (3, "passed"), (4, "failed")):
        found, _ = held(tmp_path, {"x": list(range(rows))}, text)
        assert found["number of rows"].outcome == outcome


def test_references_lead_somewhere_or_are_missing(tmp_path):
    rule = ours("referential", columns=["a", "b"], dataset="DS-0002", to=["k", "l"]) | {"name": "known"}
    text = contract([{"name": "a"}, {"name": "b"}], quality=[rule])
    table = {"a": [1, 2, 3, None], "b": ["x", "y", "x", "x"]}
    others = {"DS-0002": stored(tmp_path, {"k": [1, 1, 2], "l": ["x", "x", "z"]}, "other")}
    found, _ = held(tmp_path, table, text, others=others)
    assert (found["known"].outcome, found["known"].failing) == ("failed", 2)
    found, _ = held(tmp_path, table, text)
    assert (found["known"].outcome, found["known"].reason[:28]) == ("error", "There is no table DS-0002 to")
    others = {"DS-0002": stored(tmp_path, {"k": ["1"], "l": ["x"]}, "other")}
    found, _ = held(tmp_path, table, text, others=others)
    assert found["known"].reason == "“a” is integer and “k” there is string."


@pytest.mark.parametrize("measure", ["psi", "ks"])
def test_distributions_are_compared_with_a_version(tmp_path, measure):
    rule = ours("distribution", column="x", against="DS-0001@1", measure=measure, atMost=0.1) | {"name": "same"}
    text = contract([{"name": "x"}], quality=[rule])
    others = {"DS-0001@1": stored(tmp_path, {"x": [float(i % 100) for i in range(5000)]}, "first")}
    found, _ = held(tmp_path, {"x": [float(i % 100) for i in range(1000)]}, text, others=others)
    assert (found["same"].outcome, round(found["same"].value, 2)) == ("passed", 0)
    found, _ = held(tmp_path, {"x": [float(i % 50) for i in range(1000)]}, text, others=others)
    assert found["same"].outcome == "failed"
    if measure == "ks":
        assert found["same"].value == pytest.approx(0.5, abs=1e-9)
    found, _ = held(tmp_path, {"x": ["a"]}, text, others=others)
    assert found["same"].outcome == "error"


def test_a_distribution_of_words_counts_those_that_are_new(tmp_path):
    rule = ours("distribution", column="x", against="DS-0001@1", atMost=0.1) | {"name": "same"}
    text = contract([{"name": "x"}], quality=[rule])
    others = {"DS-0001@1": stored(tmp_path, {"x": ["a", "b", None, "a"] * 50}, "first")}
    assert held(tmp_path, {"x": ["b", "a", "a", None] * 9}, text, others=others)[0]["same"].outcome == "passed"
    assert held(tmp_path, {"x": ["b", "a", "new", None] * 9}, text, others=others)[0]["same"].outcome == "failed"


def test_queries_give_a_value_or_the_rows_that_fail(tmp_path):
    quality = [
        {"name": "value", "type": "sql", "query": "SELECT max(x) FROM ${object}", "mustBe": 3},
        {"name": "yes", "type": "sql", "query": "SELECT bool_and(x > 0) FROM loans", "mustBe": True},
        {
            "name": "moment",
            "type": "sql",
            "query": "SELECT count(*) FROM loans WHERE $now > '2026-01-01'",
            "mustBe": 3,
        },
        ours("sql", failingRows="SELECT * FROM loans WHERE x > 2 -- the large;", atMost=50, unit="percent")
        | {"name": "rows"},
        {"name": "none", "type": "sql", "query": "SELECT max(x) FROM loans WHERE x > 9", "mustBe": 3},
        {"name": "many", "type": "sql", "query": "SELECT x FROM loans", "mustBe": 3},
        {"name": "broken", "type": "sql", "query": "SELECT max(('a' || x)::INT) FROM loans", "mustBe": 3},
    ]
    found, _ = held(tmp_path, {"x": [1, 2, 3]}, contract([{"name": "x", "logicalType": "integer"}], quality=quality))
    outcomes = {name: (found[name].outcome, found[name].value) for name in ("value", "yes", "moment", "rows")}
    assert outcomes == {
        "value": ("passed", 3),
        "yes": ("passed", 1),
        "moment": ("passed", 3),
        "rows": ("passed", pytest.approx(100 / 3)),
    }
    assert [found[name].reason for name in ("none", "many")] == [
        "The query gave no value.",
        "The query must give one row with one value.",
    ]
    assert found["broken"].outcome == "error"
    assert "a1" not in found["broken"].reason


def test_columns_that_are_not_as_promised_are_told_and_their_checks_with_them(tmp_path):
    columns = [
        {"name": "gone", "logicalType": "string", "required": True},
        {"name": "x", "logicalType": "integer", "logicalTypeOptions": {"minimum": 0}},
        {"name": "n", "logicalType": "number"},
    ]
    found, report = held(tmp_path, {"x": ["a"], "n": [1], "more": [1]}, contract(columns))
    assert found["columns as promised"].reason == "“gone” is not there; “x” is string, not integer."
    assert found["gone not null"].reason == "The table has no column “gone”."
    assert found["x in its range"].reason == "“x” is string, which has no range."
    assert report.outcome == "refused"


def test_the_worst_severity_decides(tmp_path):
    rule = {"metric": "nullValues", "mustBe": 0, "severity": "warning"}
    text = contract([{"name": "x", "quality": [rule]}])
    assert held(tmp_path, {"x": [1, None]}, text)[1].outcome == "warned"
    assert held(tmp_path, {"x": [1, 2]}, text)[1].outcome == "passed"


def test_what_aggregates_can_say_is_one_scan(tmp_path):
    columns = [
        {"name": "x", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 0}},
        {"name": "s", "logicalType": "string", "logicalTypeOptions": {"pattern": "a"}, "enum": [{"value": "a"}]},
        {"name": "d", "logicalType": "date"},
    ]
    quality = [
        {"metric": "rowCount", "mustBeGreaterThan": 0},
        ours("distribution", column="x", against="DS-0001@1", atMost=9),
    ]
    sla = [{"property": "latency", "value": 9, "unit": "y", "element": "d"}]
    table = {"x": [1, 2], "s": ["a", "a"], "d": [dt.date(2026, 1, 1)] * 2}
    others = {"DS-0001@1": stored(tmp_path, table, "first")}
    _, report = held(tmp_path, table, contract(columns, quality=quality, slaProperties=sla), others=others)
    assert (report.outcome, report.scans) == ("passed", 1)
    columns[0]["unique"] = True
    assert held(tmp_path, table, contract(columns, quality=quality), others=others)[1].scans == 2


def test_a_change_that_the_mode_forbids_refuses_the_table(tmp_path):
    before = Before("DS-0001@1", {"x": "number", "old": "string"}, {"x": "1", "old": "2"})
    text = contract(
        [{"name": "x", "logicalType": "number"}], customProperties=[{"property": "compatibility", "value": "full"}]
    )
    found, report = held(tmp_path, {"x": [1.5], "new": ["a"]}, text, before=before, digests={"x": "1", "new": "2"})
    assert found["compatible with DS-0001@1"].reason == "“old” is called “new” now."
    assert [change.kind for change in report.changes] == ["renamed"]
    found, report = held(tmp_path, {"x": [1.5], "new": ["a"]}, text, before=before)
    assert found["compatible with DS-0001@1"].outcome == "passed"
    assert [change.kind for change in report.changes] == ["removed", "added"]


CELLS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-3, 3))


@settings(max_examples=40, deadline=None)
@given(st.lists(CELLS, max_size=12), st.integers(-5, 5), st.integers(1, 5))
def test_figures_are_those_of_a_loop(tmp_path_factory, cells, low, width):
    folder = tmp_path_factory.mktemp("loop")
    text = contract(
        [
            {
                "name": "x",
                "logicalType": "integer",
                "unique": True,
                "logicalTypeOptions": {"minimum": low, "maximum": low + width},
                "quality": [{"name": "there", "metric": "nullValues", "mustBe": 0}],
            }
        ]
    )
    found, _ = held(folder, {"x": pa.array(cells, pa.int64())}, text)
    present = [cell for cell in cells if cell is not None]
    assert found["there"].failing == len(cells) - len(present)
    assert found["x unique"].failing == len(present) - len(set(present))
    assert found["x in its range"].failing == sum(not low <= cell <= low + width for cell in present)
