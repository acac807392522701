"""A feature view as text: what is refused, on which line, with which sentence."""

import pyarrow as pa
import pytest

from apps.core.written import Unreadable
from apps.features.definitions import read_view
from apps.features.statements.checking import require_sound

SCHEMA = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("observed_at", pa.timestamp("us")),
        ("loaded_at", pa.timestamp("us", tz="UTC")),
        ("balance", pa.float64()),
        ("credit_limit", pa.float64()),
        ("note", pa.string()),
    ]
)
TEXT = """\
name: Accounts
entity: customer
keys: [customer_id]
source: DS-0001
event_time: observed_at
created_time: loaded_at
ttl: 30d
features:
  - name: balance
    type: number
  - name: utilisation
    type: number
    expression: balance / nullif(credit_limit, 0)
"""
RATIO = "balance / nullif(credit_limit, 0)"


def problems(text):
    """[(line, field, sentence)] of what has to be mended."""
    try:
        view, spots = read_view(text)
        require_sound(view, spots, SCHEMA)
    except Unreadable as refused:
        return [(problem.line, problem.field, problem.message) for problem in refused.problems]
    return []


def only(text):
    (found,) = problems(text)
    return found


def test_a_view_that_can_stand_has_nothing_to_mend():
    assert problems(TEXT) == []


@pytest.mark.parametrize(
    "expression",
    [
        "lag(balance) OVER (PARTITION BY customer_id ORDER BY observed_at)",
        "avg(balance) OVER (PARTITION BY customer_id ORDER BY observed_at ROWS 2 PRECEDING)",
        "balance -- of a month",
        "CASE WHEN note IS NULL THEN 0 ELSE length(note) END",
    ],
)
def test_an_expression_may_look_at_its_row_and_back(expression):
    assert problems(TEXT.replace(RATIO, f"|\n      {expression}")) == []


@pytest.mark.parametrize("time", ["event_time", "created_time"])
def test_without_its_times_nothing_keeps_the_future_out(time):
    column = {"event_time": "observed_at", "created_time": "loaded_at"}[time]
    line, field, sentence = only(TEXT.replace(f"{time}: {column}\n", ""))
    assert (line, field) == (1, time) and "keeps the future out" in sentence


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("lead(balance) OVER (PARTITION BY customer_id ORDER BY observed_at)", "Use lag"),
        ("avg(balance) OVER (PARTITION BY customer_id)", "later rows too"),
        ("sum(balance) OVER (ORDER BY observed_at DESC)", "ordered backwards"),
        ("sum(balance) OVER (ORDER BY observed_at ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)", "FOLLOWING"),
        ("sum(balance) OVER (ORDER BY observed_at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)", "FOLLOWING"),
        ("avg(balance)", "is of many rows"),
        ("(SELECT max(balance) FROM source)", "sees the whole table"),
        ("balance > ALL (SELECT balance FROM source)", "sees the whole table"),
        ("now()", "another answer each time"),
        ("random()", "another answer each time"),
        ("(SELECT 1 FROM read_csv('/etc/passwd'))", "sees the whole table"),
        ("getenv('HOME')", "reaches outside"),
        ("repeat('a', 1000000000)", "no limit on memory"),
        ("creditlimit", "creditlimit"),
        ("1), (2", "Syntax error"),
        ("balance, note", "Write one expression"),
        ("balance AS b", "Write one expression"),
        ("balance FROM source", "Write one expression"),
        ("DISTINCT balance", "Write one expression"),
        ("balance WHERE true", "Write one expression"),
        ("note", "gives string"),
        ("balance > 0", "gives boolean"),
        ("utilisation * 2", "utilisation"),
    ],
)
def test_an_expression_is_refused_on_its_line(expression, said):
    line, field, sentence = only(TEXT.replace(RATIO, f"|\n      {expression}"))
    assert field.startswith("features[1]") and line in (12, 14)
    assert said in sentence


def test_a_block_of_sql_is_refused_on_its_own_line():
    block = "|\n      balance\n        / nullif(limit_of_credit, 0)"
    line, field, _ = only(TEXT.replace(RATIO, block))
    assert (line, field) == (15, "features[1].expression")


@pytest.mark.parametrize(
    ("before", "after", "field", "said"),
    [
        ("keys: [customer_id]", "keys: [client]", "keys[0]", "no column “client” in DS-0001"),
        ("keys: [customer_id]", "keys: [balance]", "", "is a key or a time already"),
        ("keys: [customer_id]", "keys: [credit_limit]", "keys[0]", "a key is a whole number or a text"),
        ("keys: [customer_id]", "keys: []", "keys", "at least 1"),
        ("event_time: observed_at", "event_time: note", "event_time", "a time is a date or a timestamp"),
        ("created_time: loaded_at", "created_time: loaded", "created_time", "no column “loaded”"),
        ("ttl: 30d", 'ttl: "30"', "ttl", "a number and a unit"),
        ("ttl: 30d", "ttl: 99999w", "ttl", "a hundred years"),
        ("ttl: 30d", "tll: 30d", "tll", "isn't a field here"),
        ("source: DS-0001", "source: loans", "source", "by its reference"),
        ("name: utilisation", "name: balance", "", "Two features"),
        ("name: utilisation", "name: Utilisation rate", "features[1].name", "small letters"),
        ("type: number\n    expr", "type: money\n    expr", "features[1].type", "one of"),
        ("entity: customer", "entity: !!python/object:os.system customer", "", "Tags"),
    ],
)
def test_what_it_says_is_refused_at_its_field(before, after, field, said):
    assert before in TEXT
    _, found, sentence = only(TEXT.replace(before, after))
    assert (found, said in sentence) == (field, True), sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]", "Anchors and aliases"),
        ("[" * 100_000, "deeper than"),
        ("features: [" + "1," * 60_000 + "]", "more than"),
        ("x: " + "y" * 1_100_000, "at most 1 MB"),
        ("- a\n- b", "a mapping"),
        ("", "nothing here yet"),
        ("name: a\nname: b", "stands here twice"),
    ],
)
def test_a_bomb_is_refused_before_it_goes_off(text, said):
    assert any(said in sentence for _, _, sentence in problems(text))


class TestTheViewsOwnSql:
    SQL = """\
sql: |
  SELECT customer_id, max(observed_at) AS observed_at, max(loaded_at) AS loaded_at, sum(balance) AS owed
  FROM source
  GROUP BY customer_id, date_trunc('month', observed_at)
features:
  - name: owed
    type: number
"""

    def text(self, before="", after=""):
        return TEXT.partition("features:")[0] + self.SQL.replace(before, after)

    def test_gives_the_rows(self):
        assert problems(self.text()) == []

    @pytest.mark.parametrize(
        ("before", "after", "line", "said"),
        [
            ("sum(balance)", "sum(balanc)", 9, "balanc"),
            ("FROM source", "FROM sauce", 10, "There is no table “sauce”"),
            ("SELECT customer_id", "DELETE FROM source", 9, ""),
            ("GROUP BY", "LIMIT 5; SELECT 1 GROUP BY", 8, "one statement"),
            ("sum(balance)", "sum(lead(balance) OVER (ORDER BY observed_at))", 9, "lead looks at a later row"),
        ],
    )
    def test_is_refused_on_its_line(self, before, after, line, said):
        found, field, sentence = only(self.text(before, after))
        assert field == "sql" and said in sentence
        assert found in (line, 9)

    def test_must_give_keys_and_times(self):
        fields = {
            field for _, field, _ in problems(self.text("customer_id, max(observed_at) AS observed_at", "1 AS a"))
        }
        assert fields == {"keys[0]", "event_time"}

    def test_hides_the_columns_it_does_not_give(self):
        text = self.text("  - name: owed\n    type: number", "  - name: balance\n    type: number")
        assert only(text)[1] == "features[0].name"
