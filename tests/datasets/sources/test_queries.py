"""A query of a source reads, and does nothing else: told by its words, and held by the connection that runs it."""

import sqlite3
from contextlib import closing

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import BadInput
from apps.datasets.models import Source
from apps.datasets.selectors.tables import arrow_table
from apps.datasets.sources import places
from apps.datasets.sources.statements import DUCKDB, POSTGRESQL, SQLITE, check_query
from tests.builders.sources import a_source, extract, sqlite_file

READS = [
    "SELECT * FROM loans",
    "select a from b;",
    "WITH x AS (SELECT 1 AS a) SELECT * FROM x -- and no more",
    "SELECT ';' AS a, $$;DELETE$$ AS b /* ; DROP /* TABLE */ x */ FROM t",
    'SELECT "update", "into" FROM t',
    "SELECT replace(a, 'insert', 'delete') FROM t WHERE b = E'it\\'s; DROP'",
    "VALUES (1, 2), (3, 4)",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SELECT u&1 FROM t",
]
WRITES = {
    "DROP TABLE loans": "begin it with SELECT or WITH, not with DROP",
    "DELETE FROM loans": "not with DELETE",
    "SELECT 1; DROP TABLE loans": "Write one statement",
    "SELECT 1;; SELECT 2": "Write one statement",
    "WITH x AS (DELETE FROM loans RETURNING *) SELECT * FROM x": "DELETE writes",
    "SELECT * INTO stolen FROM loans": "INTO writes",
    "SELECT * FROM loans FOR UPDATE": "UPDATE writes",
    "/* SELECT */ UPDATE loans SET a = 1": "not with UPDATE",
    "--x\nINSERT INTO loans VALUES (1)": "not with INSERT",
    "SELECT 1) AS x; DROP TABLE loans; --": "Write one statement",
    "SELECT 1) AS x UNION SELECT * FROM (SELECT 2": "parentheses don't match",
    "SELECT (1": "parentheses don't match",
    "SELECT 'a": "never closed",
    "SELECT $a$ x $b$": "never closed",
    "SELECT /* a": "never closed",
    "": "at least",
    " ; ": "The query is empty",
    "-- nothing": "The query is empty",
    "SELECT pg_read_file('/etc/passwd')": "pg_read_file does more",
    "SELECT pg_catalog . pg_read_file ('/etc/passwd')": "pg_read_file does more",
    "SELECT \"pg_read_file\"/**/('/etc/passwd')": "pg_read_file does more",
    "SELECT U&\"\\0070g_read_file\"('/etc/passwd')": "without U&",
    "SELECT lo_import('/etc/passwd')": "lo_import does more",
    "SELECT * FROM dblink('host=elsewhere', 'DROP TABLE x') AS t(a int)": "dblink does more",
    "SELECT query_to_xml('DELETE FROM loans', true, true, '')": "query_to_xml does more",
    "SELECT set_config('transaction_read_only', 'off', false)": "set_config does more",
    "SELECT pg_sleep(3600)": "pg_sleep does more",
    "COPY loans TO PROGRAM 'sh'": "not with COPY",
    "ATTACH DATABASE '/etc/x' AS y": "not with ATTACH",
}


@pytest.mark.parametrize("query", READS)
def test_what_reads_is_taken_as_it_is(query):
    told = check_query(query, POSTGRESQL)
    assert query.startswith(told) and not told.endswith(";") and "and no more" not in told


@pytest.mark.parametrize(("query", "sentence"), WRITES.items())
def test_what_does_more_is_refused_with_a_sentence_before_anything_is_asked(query, sentence):
    place = {"host": "db", "database": "d", "user": "u", "query": query}
    with pytest.raises(BadInput) as refused:
        places.read_place("postgresql", place)
    assert sentence in str(refused.value), str(refused.value)


@given(st.text(alphabet="SELECT FROM()'\"$;-/*\\ue&abc1[]`\n", max_size=60))
def test_whatever_is_written_is_taken_or_refused_with_a_sentence(text):
    for dialect in (POSTGRESQL, SQLITE, DUCKDB):
        try:
            told = check_query(text, dialect)
        except ValueError:
            told = ""
        assert not told or check_query(told, dialect) == told


class TestSQLite:
    @pytest.fixture
    def database(self, folder):
        return sqlite_file(folder / "bank.sqlite3", [(1, 2.5, "2026-11-01"), (2, 5.0, None)])

    def taken(self, actor, now, database, query):
        return extract(actor, a_source(actor, now, "sqlite", {"path": str(database), "query": query}), now)

    def test_a_query_gives_a_table(self, dmitri, database, now):
        made = self.taken(dmitri, now, database, "SELECT id, amount * 2 AS twice FROM loans; -- all")
        assert arrow_table(made.version).to_pydict() == {"id": [1, 2], "twice": [5.0, 10.0]}

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("SELECT load_extension('x') AS a, 1 AS b", "load_extension does more"),
            ("SELECT * FROM pragma_table_info('loans')", "only reads tables"),
            ("SELECT * FROM pragma_database_list", "only reads tables"),
            ("SELECT randomblob(9) AS a, 1 AS b", "only reads tables"),
            ("SELECT x'00' AS a, 1 AS b", "holds bytes in 1 row"),
            ("SELECT * FROM nowhere", "no such table: nowhere"),
            ("SELECT 1e308 * 10 AS a, 1 AS b", "infinite"),
        ],
    )
    def test_what_the_words_let_through_the_connection_does_not(self, dmitri, database, now, query, sentence):
        try:
            failed = self.taken(dmitri, now, database, query).error
        except BadInput as refused:
            failed = str(refused)
        assert sentence in failed

    def test_a_query_that_never_ends_is_stopped(self, dmitri, database, now, settings):
        settings.DATA_SECONDS = 1
        endless = "WITH RECURSIVE x(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM x) SELECT a, a AS b FROM x"
        assert "took longer than 1 seconds" in self.taken(dmitri, now, database, endless).error

    def test_the_file_is_never_changed(self, dmitri, database, now):
        before = database.read_bytes()
        self.taken(dmitri, now, database, "SELECT * FROM loans")
        assert database.read_bytes() == before and [path.name for path in database.parent.iterdir()] == [
            database.name
        ]

    def test_a_locked_file_is_tried_again(self, dmitri, database, now, monkeypatch):
        monkeypatch.setattr("apps.datasets.sources.sqlite_files.LOCKED_SECONDS", 0.2)
        with closing(sqlite3.connect(database, isolation_level=None)) as writer:
            writer.execute("PRAGMA locking_mode = EXCLUSIVE")
            writer.execute("BEGIN EXCLUSIVE")
            job = self.taken(dmitri, now, database, "SELECT * FROM loans")
        assert job.state == "retrying" and "is locked by who writes it" in job.error

    def test_half_a_file_is_said_to_be_that(self, dmitri, folder, now):
        path = sqlite_file(folder / "big.sqlite3", [(n, 1.0, "x" * 100) for n in range(1, 2000)])
        path.write_bytes(path.read_bytes()[:60_000])
        assert "damaged, cut off" in self.taken(dmitri, now, path, "SELECT * FROM loans").error

    def test_types_are_those_of_all_cells(self, dmitri, folder, now):
        rows = [(1, 1, "2026-11-01", "2026-11-01 08:00", "7"), (2, 2.5, "2026-02-28", "2026-11-01T09:30:00.5", 8)]
        path = sqlite_file(folder / "mixed.sqlite3", rows, "a, b, c, d, e")
        made = self.taken(dmitri, now, path, "SELECT * FROM loans")
        assert [column["type"] for column in made.schema] == ["integer", "number", "date", "timestamp", "string"]


class TestDuckDB:
    @pytest.fixture
    def database(self, folder):
        with duckdb.connect(str(folder / "bank.duckdb")) as connection:
            connection.execute("CREATE TABLE loans AS SELECT range AS id, range * 1.5 AS amount FROM range(5)")
            connection.execute("CREATE SCHEMA old; CREATE TABLE old.loans AS SELECT 9 AS id, 'x' AS kind")
            connection.execute("CREATE VIEW leak AS SELECT * FROM read_text('/etc/hostname')")
        return folder / "bank.duckdb"

    def taken(self, actor, now, database, **place):
        return extract(actor, a_source(actor, now, "duckdb", {"path": str(database), **place}), now)

    def test_tables_and_queries_give_tables(self, dmitri, database, now):
        assert self.taken(dmitri, now, database, table="loans").rows == 5
        assert arrow_table(self.taken(dmitri, now, database, table="loans", schema="old").version).to_pydict() == {
            "id": [9],
            "kind": ["x"],
        }
        made = self.taken(
            dmitri, now, database, query="SELECT id, sum(amount) AS s FROM loans WHERE id > 2 GROUP BY id"
        )
        assert arrow_table(made.version).to_pydict() == {"id": [3, 4], "s": [4.5, 6.0]}

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
            ("SELECT * FROM '/etc/passwd'", "no table"),
            ("SELECT * FROM leak", "disabled"),
            ("SELECT * FROM nowhere", "There is no table “nowhere”"),
            ("SELECT getenv('HOME') AS a, 1 AS b", "getenv"),
            ("SELECT * FROM duckdb_settings()", "duckdb_settings"),
            ("SELECT random() AS a, 1 AS b FROM loans", "another answer each time"),
            ("SELECT * FROM old.loans", "names another schema"),
            ("SELECT [1] AS a, 1 AS b", "flatten or convert"),
        ],
    )
    def test_what_reaches_out_is_refused(self, dmitri, database, now, query, sentence):
        try:
            failed = self.taken(dmitri, now, database, query=query).error
        except BadInput as refused:
            failed = str(refused)
        assert sentence in failed

    def test_a_query_that_never_ends_is_stopped(self, dmitri, database, now, settings):
        settings.DATA_SECONDS = 1
        endless = "SELECT count(*) AS a, 1 AS b FROM range(1000000000000) t(x) WHERE x % 7 = 3"
        assert "took longer than 1 seconds" in self.taken(dmitri, now, database, query=endless).error

    def test_half_a_file_is_said_to_be_that(self, dmitri, database, now):
        database.write_bytes(database.read_bytes()[:5_000])
        failed = self.taken(dmitri, now, database, table="loans")
        assert failed.outcome == "failed" and "damaged, cut off" in failed.error

    def test_only_what_is_new_is_read(self, dmitri, database, now):
        place = {"path": str(database), "table": "loans"}
        source = a_source(dmitri, now, "duckdb", place, mode="incremental", cursor="id")
        extract(dmitri, source, now)
        with duckdb.connect(str(database)) as connection:
            connection.execute("INSERT INTO loans VALUES (5, 0.5), (6, 0.5)")
        made = extract(dmitri, source, now)
        assert (made.rows, made.new_rows, made.repeated) == (7, 2, 1)


def test_nothing_wrong_is_ever_registered(dmitri, now):
    with pytest.raises(BadInput):
        a_source(dmitri, now, "sqlite", {"path": "/srv/a.db", "query": "DROP TABLE x"})
    assert not Source.objects.exists()
