"""SQL that people write can read the tables it is given, and do nothing else."""

import time
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.datasets.selecting import Reads, StatementFailed, StatementRefused, check, select
from apps.datasets.selecting.functions import ALLOWED, TABLES, VALUE_WORDS, WHY

LOANS = pa.table({"id": [1, 2, 3], "amount": [10.0, None, 30.0], "state": ["BY", "BE", "BY"], "user": [7, 8, 9]})
PEOPLE = pa.table({"id": [1, 2], "age": [30, 40]})


def sentence(refusal):
    return next(iter(refusal.value.errors.values()))[0]


def answer(sql, tables=None, **limits):
    with select(sql, tables or {"loans": LOANS, "people": PEOPLE}, **limits) as reader:
        return reader.read_all().to_pylist()


READING = [
    "SELECT count(*) AS n FROM loans",
    "FROM loans",
    "VALUES (1, 2)",
    "SELECT l.state, avg(age) FROM loans l JOIN people USING (id) GROUP BY ALL ORDER BY 1 DESC NULLS LAST LIMIT 10",
    "SELECT * FROM loans WHERE id IN (SELECT id FROM people) AND NOT EXISTS (SELECT 1 FROM people p WHERE p.age < 0)",
    "WITH a AS (SELECT * FROM loans), b AS (SELECT * FROM a) SELECT * FROM b",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n",
    "SELECT * FROM loans ASOF JOIN people ON loans.id = people.id AND loans.user >= people.age",
    "SELECT row_number() OVER (PARTITION BY state ORDER BY id), lag(id) OVER w FROM loans WINDOW w AS (ORDER BY id)",
    "SELECT state, sum(amount) FILTER (id > 1) FROM loans GROUP BY GROUPING SETS ((state), ()) HAVING count(*) > 0",
    "FROM (PIVOT loans ON state IN ('BY', 'BE') USING sum(amount) GROUP BY id)",
    "SELECT * EXCLUDE (state) REPLACE (id + 1 AS id) FROM loans QUALIFY rank() OVER (ORDER BY id) < 3",
    "SELECT CASE WHEN amount BETWEEN 1 AND 2 THEN 'a' ELSE state END::VARCHAR, TRY_CAST(state AS INT) FROM loans",
    "SELECT list_transform([1, 2], lambda x: x + 1), {'a': 1}.a, [x FOR x IN [1, 2] IF x > 1], map {'k': 1}['k']",
    "SELECT date_trunc('month', DATE '2026-11-24') + INTERVAL 3 DAY, extract(year FROM DATE '2026-11-24')",
    "SELECT * FROM range(3) r(i) LEFT JOIN LATERAL (SELECT * FROM people WHERE people.id = r.i) x ON true",
    "SELECT unnest([1, 2]) AS id UNION ALL BY NAME SELECT id FROM loans INTERSECT SELECT 9 AS id",
    "SELECT state COLLATE NOCASE, state SIMILAR TO 'B.', state LIKE 'B', id IS NOT DISTINCT FROM 1 FROM loans",
    "SELECT TRY(1 // 0), quantile_cont(id, [0.1, 0.9]), percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FROM loans",
    "SELECT loans.user FROM loans ORDER BY #1",
]


@pytest.mark.parametrize("sql", READING)
def test_what_only_reads_is_read(sql):
    answer(sql)


HOSTILE = {
    # writing
    "INSERT INTO loans VALUES (1)": "not INSERT",
    "UPDATE loans SET id = 1": "not UPDATE",
    "DELETE FROM loans": "not DELETE",
    "TRUNCATE loans": "not",
    "MERGE INTO loans USING people ON loans.id = people.id WHEN MATCHED THEN DELETE": "not MERGE",
    "CREATE TABLE x AS SELECT * FROM loans": "not CREATE",
    "CREATE MACRO f(x) AS x": "not CREATE",
    "CREATE OR REPLACE VIEW loans AS SELECT 1": "not CREATE",
    "DROP TABLE loans": "not DROP",
    "ALTER TABLE loans ADD COLUMN x INT": "not ALTER",
    "WITH x AS (INSERT INTO loans VALUES (1) RETURNING *) SELECT * FROM x": "INSERT",
    "WITH x AS (UPDATE loans SET id = 1 RETURNING *) SELECT * FROM x": "UPDATE",
    "WITH x AS (DELETE FROM loans RETURNING *) SELECT * FROM x": "DELETE",
    "SELECT * FROM (WITH x AS (DELETE FROM loans RETURNING *) SELECT * FROM x)": "DELETE",
    # other statements
    "ATTACH 'other.db'": "not ATTACH",
    "COPY loans TO 'x.csv'": "not COPY",
    "COPY (SELECT 1) TO '/tmp/x'": "not COPY",
    "EXPORT DATABASE 'x'": "not EXPORT",
    "PRAGMA database_list": "not",
    "SET threads = 1": "not SET",
    "RESET threads": "not",
    "SET VARIABLE x = 1": "not SET",
    "INSTALL httpfs": "not LOAD",
    "LOAD httpfs": "not LOAD",
    "CALL pragma_version()": "not CALL",
    "EXPLAIN SELECT 1": "not EXPLAIN",
    "EXPLAIN ANALYZE SELECT 1": "not EXPLAIN",
    "PREPARE x AS SELECT 1": "not PREPARE",
    "BEGIN": "not TRANSACTION",
    "CHECKPOINT": "not",
    "VACUUM": "not VACUUM",
    "USE main": "not",
    "SHOW TABLES": "SHOW",
    "DESCRIBE loans": "SHOW",
    "SUMMARIZE loans": "SHOW",
    "SELECT * FROM (DESCRIBE loans)": "SHOW",
    "SELECT * FROM (SHOW ALL TABLES)": "SHOW",
    "SELECT 1; SELECT 2": "here are 2",
    "SELECT 1; DROP TABLE loans": "here are 2",
    "PIVOT loans ON state USING sum(amount)": "PIVOT",
    "": "no statement",
    "   -- nothing": "no statement",
    "SELECT 'a\x00b'": "characters that are none",
    "SELECT '\ud800'": "characters that are none",
    "SELECT " + "x" * 20_001: "at most 20,000",
    # files, network, other databases
    "SELECT * FROM 'secret.csv'": "no table “secret.csv”",
    "SELECT * FROM '/etc/passwd'": "no table",
    "SELECT * FROM 'https://example.org/x.parquet'": "no table",
    "SELECT * FROM read_csv('/etc/passwd')": "read_csv reaches outside",
    "SELECT * FROM read_csv_auto('/etc/passwd')": "reaches outside",
    "SELECT * FROM read_parquet('x')": "reaches outside",
    "SELECT * FROM parquet_metadata('x')": "reaches outside",
    "SELECT * FROM read_json('x')": "reaches outside",
    "SELECT * FROM read_text('/proc/self/environ')": "reaches outside",
    "SELECT * FROM read_blob('/proc/self/mem')": "reaches outside",
    "SELECT * FROM glob('/*')": "glob reaches outside",
    "SELECT * FROM sniff_csv('x')": "reaches outside",
    "SELECT * FROM loans, LATERAL (SELECT * FROM read_text('/etc/passwd'))": "reaches outside",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))": "reaches outside",
    "WITH x AS (FROM glob('/*')) SELECT 1": "glob reaches outside",
    "SELECT * FROM sqlite_scan('x', 'y')": "reaches outside",
    "SELECT * FROM postgres_query('x', 'y')": "reaches outside",
    "SELECT * FROM query('SELECT 1')": "query reaches outside",
    "SELECT * FROM query_table('loans')": "reaches outside",
    "SELECT * FROM json_execute_serialized_sql('{}')": "reaches outside",
    "SELECT * FROM duckdb_settings()": "duckdb_settings",
    "SELECT * FROM pragma_database_list()": "pragma_database_list",
    "SELECT * FROM repeat_row(1, num_rows = 10)": "repeat_row",
    "SELECT * FROM test_all_types()": "test_all_types",
    # tables that nobody gave
    "SELECT * FROM other": "no table “other” here. It can read: loans, people",
    "SELECT * FROM duckdb_tables": "no table",
    "SELECT * FROM sqlite_master": "no table",
    "SELECT * FROM information_schema.tables": "another schema",
    "SELECT * FROM pg_catalog.pg_class": "another schema",
    "SELECT * FROM main.loans": "another schema",
    "SELECT * FROM memory.main.loans": "another schema",
    "SELECT * FROM system.main.duckdb_settings": "another schema",
    "WITH duckdb_settings AS (SELECT * FROM duckdb_settings) SELECT * FROM duckdb_settings": "no table",
    "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a": "no table “b”",
    "SELECT * FROM (WITH pg_class AS (SELECT 1) SELECT * FROM pg_class), pg_class": "no table “pg_class”",
    "SELECT * FROM loans WHERE id IN (SELECT oid FROM pg_class)": "no table",
    "SELECT * FROM loans AT (VERSION => 1)": "earlier state",
    # the house's own secrets
    "SELECT getenv('HOME')": "getenv reaches outside",
    "SELECT current_setting('temp_directory')": "reaches outside",
    "SELECT getvariable('x')": "reaches outside",
    "SELECT current_query()": "reaches outside",
    "SELECT current_user": "reaches outside",
    "SELECT user FROM loans": "write its table before it",
    "SELECT pg_catalog.current_setting('x')": "without a schema",
    "SELECT system.main.getenv('x')": "without a schema",
    "SELECT json_serialize_plan('SELECT 1')": "no function",
    "SELECT json_serialize_sql('SELECT 1')": "no function",
    # another answer each time
    "SELECT random()": "another answer each time",
    "SELECT uuid()": "another answer each time",
    "SELECT now()": "another answer each time",
    "SELECT current_date": "another answer each time",
    "SELECT CURRENT_TIMESTAMP": "another answer each time",
    "SELECT * FROM loans TABLESAMPLE 10%": "sample",
    "SELECT * FROM loans USING SAMPLE 2 ROWS": "sample",
    "SELECT * FROM (SELECT * FROM loans USING SAMPLE 2)": "sample",
    "SELECT reservoir_quantile(id, 0.5) FROM loans": "another answer each time",
    # acting, waiting
    "SELECT write_log('x')": "besides reading",
    "SELECT pg_sleep(100)": "besides reading",
    "SELECT sleep_ms(100)": "besides reading",
    "SELECT nextval('s')": "besides reading",
    "SELECT setseed(0.5)": "besides reading",
    "SELECT error('x')": "besides reading",
    # short text made long
    "SELECT repeat('x', 4000000000)": "no limit on memory holds",
    "SELECT lpad('x', 4000000000, 'y')": "no limit on memory holds",
    "SELECT printf('%1000000000d', 1)": "no limit on memory holds",
    "SELECT format('{:1000000000d}', 1)": "no limit on memory holds",
    "SELECT bar(1, 0, 1, 1000000000)": "no limit on memory holds",
    # values nobody gave, and what DuckDB itself can't read
    "SELECT $secret": "no value $secret",
    "SELECT ?": "no value",
    "SELECT DEFAULT": "DEFAULT",
    "SELECT FROM WHERE": "syntax error",
    "SELECT * FROM loans WHERE": "syntax error",
    "SELECT 'open": "unterminated",
    "SELECT " + "(" * 5000 + "1" + ")" * 5000: "depth",
    "SELECT * FROM " + "(SELECT * FROM " * 1000 + "loans" + ")" * 1000: "nested deeper",
    "SELECT " + "[" * 900 + "]" * 900: "nested deeper",
}


@pytest.mark.parametrize("sql", HOSTILE, ids=[sql[:60].encode("unicode_escape").decode() for sql in HOSTILE])
def test_what_does_more_is_refused_with_a_sentence(sql):
    with pytest.raises(StatementRefused) as refusal:
        check(sql, tables={"loans", "people"})
    assert HOSTILE[sql].casefold() in sentence(refusal).casefold()


def test_a_refusal_says_where():
    with pytest.raises(StatementRefused) as refusal:
        check("SELECT 'é',\n  now()\nFROM loans", tables=["loans"], field="checks[2].query")
    assert refusal.value.errors == {
        "checks[2].query": [
            "Line 2, column 3: now gives another answer each time, and what is computed here must come out the same "
            "again."
        ]
    }
    assert (refusal.value.line, refusal.value.column) == (2, 3)


def test_columns_and_types_are_checked_where_they_are_known():
    reads = check("SELECT id, count(*) AS n FROM Loans GROUP BY id", tables={"loans": LOANS.schema, "people": None})
    assert reads.tables == {"loans"}
    assert reads.columns == pa.schema([("id", pa.int64()), ("n", pa.int64())])
    for sql, at in {"SELECT\n nope FROM loans": 2, "SELECT sum(state) FROM loans": 1}.items():
        with pytest.raises(StatementRefused) as refusal:
            check(sql, tables={"loans": LOANS.schema})
        assert refusal.value.line == at


def test_values_are_given_by_name():
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert answer("SELECT $now AS at, $n + 1 AS m", values={"now": now, "n": 2}) == [
        {"at": now.replace(tzinfo=None), "m": 3}
    ]
    reads = check("SELECT $n + id FROM loans", tables={"loans": LOANS.schema}, values={"n": 1, "m": 2})
    assert reads.values == {"n"}


def test_parquet_is_read_by_path_and_stays_the_only_file(tmp_path):
    first, second = tmp_path / "o'ne.parquet", tmp_path / "two.parquet"
    pq.write_table(LOANS, first)
    pq.write_table(LOANS, second)
    assert answer("SELECT count(*) AS n FROM loans", {"loans": first}) == [{"n": 3}]
    assert answer("SELECT count(*) AS n FROM loans", {"loans": [first, second]}) == [{"n": 6}]
    assert answer("SELECT count(*) AS n FROM l", {"l": pyarrow.dataset.dataset(second)}) == [{"n": 3}]
    for hidden in ("filename", "file_row_number"):
        with pytest.raises(StatementRefused, match=hidden):
            answer(f"SELECT {hidden} FROM loans", {"loans": first})


def test_the_connection_holds_where_the_grammar_would_not(tmp_path, monkeypatch):
    """The second wall by itself: the same statements, with nobody reading them first."""
    pq.write_table(LOANS, tmp_path / "given.parquet")
    pq.write_table(LOANS, tmp_path / "other.parquet")
    monkeypatch.setattr(
        "apps.datasets.selecting.grammar.check", lambda sql, **kwargs: Reads(sql, frozenset(), frozenset(), None)
    )
    for sql in (
        "SELECT * FROM read_text('/etc/passwd')",
        f"SELECT * FROM '{tmp_path}/other.parquet'",
        f"SELECT * FROM glob('{tmp_path}/*')",
        f"COPY (SELECT 1) TO '{tmp_path}/x.csv'",
        f"ATTACH '{tmp_path}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
        "SET memory_limit = '100GB'",
        "SELECT * FROM 'https://example.org/x.parquet'",
        "SELECT * FROM LOANS_OF_OURS",
    ):
        with pytest.raises((StatementRefused, StatementFailed)):
            answer(sql, {"loans": tmp_path / "given.parquet"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given.parquet", "other.parquet"]


LOANS_OF_OURS = LOANS  # a variable that DuckDB's Python client would find by its name, if it were let


def test_an_error_of_the_reader_stays_the_readers_own():
    with pytest.raises(OSError, match="my disk"), select("SELECT 1", {}) as reader:
        reader.read_all()
        raise OSError("my disk")


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE r AS (SELECT 1 a UNION ALL SELECT a + 1 FROM r) SELECT count(*) FROM r",
        "SELECT * FROM range(1000000000000)",
        "SELECT sum(a.range) FROM range(10000000) a, range(10000000) b",
    ],
)
def test_what_does_not_end_is_stopped(sql):
    started = time.monotonic()
    with pytest.raises(StatementFailed, match=r"longer than 0\.3 seconds"):
        answer(sql, seconds=0.3)
    assert time.monotonic() - started < 5


def test_what_wants_too_much_memory_is_stopped():
    with pytest.raises(StatementFailed, match="more memory than the 100MB"):
        answer("SELECT list(a.range) FROM range(100000) a, range(1000) b", memory="100MB")


def test_a_cell_that_cannot_be_used_is_not_quoted():
    with pytest.raises(StatementFailed) as refusal:
        answer("SELECT state::INT FROM loans")
    assert "BY" not in sentence(refusal)
    assert "BY" in refusal.value.detail


def test_every_function_that_is_allowed_is_there_and_answers_the_same_each_time():
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT function_name, function_type, stability FROM duckdb_functions() WHERE function_type != 'pragma'"
        ).fetchall()
    there = {name for name, _, _ in rows}
    parsed_away = {"coalesce", "ifnull", "try_cast", "grouping", "position", "row", "width_bucket"}
    assert ALLOWED - there - parsed_away == set()
    shifting = {name for name, kind, stability in rows if kind == "scalar" and stability != "CONSISTENT"}
    assert ALLOWED & shifting == set()
    assert (ALLOWED | TABLES) & set(WHY) == set()
    assert {name for name, kind, _ in rows if kind in ("table", "table_macro")} & ALLOWED <= TABLES | {"histogram"}
    assert VALUE_WORDS.isdisjoint(ALLOWED)


SYNTAX = """
SELECT FROM WHERE WITH RECURSIVE AS UNION ALL JOIN ON USING GROUP BY ORDER ( ) ( ) , , * . ; ' " $ ? : :: 1 loans
people id amount INSERT DELETE UPDATE COPY TO ATTACH SET PRAGMA LATERAL VALUES NULL CAST OVER -- /* */ é
"""
WORDS = st.sampled_from([*SYNTAX.split(), *ALLOWED, *WHY, *VALUE_WORDS])


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=25).map(" ".join)))
def test_whatever_is_typed_is_a_reading_select_or_refused(sql):
    try:
        reads = check(sql, tables={"loans": LOANS.schema, "people": PEOPLE.schema})
    except StatementRefused:
        return
    assert reads.tables <= {"loans", "people"}


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.sampled_from([*READING[:2], "SELECT id FROM loans"]),
        lambda inner: st.one_of(
            inner.map(lambda sql: f"SELECT * FROM ({sql})"),
            st.tuples(inner, inner).map(lambda both: f"WITH t AS ({both[0]}) SELECT t.* FROM t, ({both[1]})"),
            inner.map(lambda sql: f"SELECT (SELECT count(*) FROM ({sql})) AS n FROM people"),
        ),
        max_leaves=6,
    ),
    st.sampled_from(["now()", "read_text('/etc/passwd')", "nowhere"]),
)
def test_one_forbidden_thing_is_found_however_deep(sql, bad):
    assert check(sql, tables=["loans", "people"]).tables <= {"loans", "people"}
    spoiled = sql.replace("FROM loans", f"FROM {bad}" if bad != "now()" else "FROM loans WHERE now() > id")
    if spoiled == sql:
        return
    with pytest.raises(StatementRefused):
        check(spoiled, tables=["loans", "people"])
