"""Tables of a real PostgreSQL, by a role that may only read; and all the ways in which that can go wrong."""

import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import psycopg
import pytest

from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tables import arrow_table
from apps.datasets.services.sources import describe_source
from apps.datasets.sources import postgres
from tests.builders.sources import a_source, extract
from tests.databases import postgres_url

PASSWORD = "hunter2-of-the-bank"
ROLE = f"quaestor_source_reader_{os.getpid()}"
TABLES = """
CREATE SCHEMA core;
CREATE TYPE mood AS ENUM ('calm', 'tense');
CREATE TABLE core.loans (
    id integer PRIMARY KEY, amount numeric(12, 2), rate real, name text, active boolean, opened date,
    changed timestamptz NOT NULL, seen timestamp, state mood, tag uuid, more jsonb, "100% sure" bigint
);
INSERT INTO core.loans SELECT
    n, n * 1.5, n / 4.0, 'Kunde ' || n, n % 2 = 0, date '2026-01-01' + n,
    timestamptz '2026-11-01 08:00+02' + n * interval '1 hour', timestamp '2026-11-01 08:00', 'calm',
    '00000000-0000-0000-0000-000000000001', '{"a": 1}', n
    FROM generate_series(1, 50) AS n;
CREATE TABLE core.odd (id int, tags int[], born date, wide numeric, plain text);
INSERT INTO core.odd VALUES (1, '{1,2}', 'infinity', 'NaN', 'x'), (2, NULL, NULL, 2, 'y');
CREATE TABLE core.private (id int, a int);
CREATE TABLE public.plain (id int, a text);
INSERT INTO public.plain VALUES (2, 'b'), (1, 'a'), (NULL, NULL);
GRANT USAGE ON SCHEMA core TO reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON core.loans, core.odd, public.plain TO reader;
"""


@pytest.fixture(scope="module")
def bank():
    """A database of the module's own on the server that tests run on; the value is its connection as the owner."""
    name = f"quaestor_source_{os.getpid()}"
    with psycopg.connect(postgres_url(), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"DROP ROLE IF EXISTS {ROLE}")
        server.execute(f"CREATE DATABASE {name}")
        server.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        with psycopg.connect(server.info.dsn, dbname=name, autocommit=True) as owner:
            owner.execute(TABLES.replace("TO reader", f"TO {ROLE}"))
            yield owner
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.execute(f"DROP ROLE {ROLE}")


@pytest.fixture
def place(bank, settings, monkeypatch):
    parts = urlsplit(postgres_url())
    host = parts.hostname or "127.0.0.1"
    settings.DATA_HOSTS = (f"postgresql://{host}:{parts.port or 5432}",)
    monkeypatch.setenv("QUAESTOR_SOURCE_BANK", PASSWORD)
    return {"host": host, "port": parts.port or 5432, "database": bank.info.dbname, "user": ROLE}


@pytest.fixture
def taken(dmitri, now, place):
    """taken(table=…) -> what comes of it."""

    def take(source=None, mode="", **said):
        source = source or a_source(dmitri, now, "postgresql", {**place, **said}, credentials=CREDENTIALS)
        return extract(dmitri, source, now, mode)

    return take


CREDENTIALS = {"password": "env:QUAESTOR_SOURCE_BANK"}


def test_a_table_is_taken_with_its_types_and_in_order(taken, bank):
    made = taken(schema="core", table="loans")
    assert {column["name"]: column["type"] for column in made.schema} == {
        **{"id": "integer", "amount": "number", "rate": "number", "name": "string", "active": "boolean"},
        **{"opened": "date", "changed": "timestamp", "seen": "timestamp", "state": "string", "tag": "string"},
        **{"more": "string", "100% sure": "integer"},
    }
    rows = arrow_table(made.version).to_pylist()
    assert [row["id"] for row in rows] == list(range(1, 51))
    assert rows[0]["changed"] == datetime(2026, 11, 1, 7, tzinfo=UTC) and rows[0]["amount"] == 1.5
    bank.execute("UPDATE core.loans SET name = name WHERE id = 1")  # its row moves to the table's end
    again = taken(made.source)
    assert (again.outcome, again.version) == ("unchanged", made.version)


def test_a_query_is_taken_whatever_it_has_of_percents_and_quotes(taken):
    query = "SELECT id, name, id % 7 AS rest, 'it''s 100% ; fine' AS said FROM core.loans WHERE name LIKE '%5' -- so"
    rows = arrow_table(taken(query=query).version).to_pylist()
    assert [row["id"] for row in rows] == [5, 15, 25, 35, 45] and rows[0]["said"] == "it's 100% ; fine"


def test_missing_cells_and_text_keep_their_order(taken):
    assert arrow_table(taken(table="plain").version).to_pydict() == {"id": [1, 2, None], "a": ["a", "b", None]}


def test_only_what_is_new_is_asked_for(dmitri, now, place, taken, bank):
    said = {"mode": "incremental", "cursor": "changed", "metadata": {"id_column": "id"}, "credentials": CREDENTIALS}
    query = "SELECT id, amount, changed FROM core.loans WHERE id < 1000"
    source = a_source(dmitri, now, "postgresql", {**place, "query": query}, **said)
    first = taken(source)
    assert first.mark == {"value": "2026-11-03T08:00:00+00:00", "type": "timestamp"}
    last = datetime(2026, 11, 3, 8, tzinfo=UTC)
    new = [(60, last), (61, last + timedelta(microseconds=1)), (62, last - timedelta(days=9))]
    with bank.transaction():
        for number, moment in new:
            bank.execute("INSERT INTO core.loans (id, changed) VALUES (%s, %s)", (number, moment))
    second = taken(source)
    bank.execute("DELETE FROM core.loans WHERE id >= 60")
    assert (second.rows, second.new_rows, second.repeated) == (
        52,
        2,
        1,
    )  # who came late with an old cursor is not seen
    assert arrow_table(second.version, ["id"]).column(0).to_pylist()[-2:] == [60, 61]
    assert taken(source).outcome == "unchanged"


def test_many_rows_come_by_and_by(taken):
    made = taken(query="SELECT n AS id, repeat('x', 1000) AS text FROM generate_series(1, 60000) AS n")
    assert made.rows == 60_000


PERMANENT = {
    "of an array": ({"schema": "core", "table": "odd"}, "“tags” is an array"),
    "of infinity": ({"query": "SELECT id, born FROM core.odd"}, "met a value that it, or a table here, can't use"),
    "of bytes": ({"query": "SELECT 1 AS a, 'x'::bytea AS b"}, "“b” is bytes"),
    "of a row": ({"query": "SELECT 1 AS a, (1, 2) AS b"}, "“b” is of no type of its own"),
    "no right": ({"schema": "core", "table": "private"}, f"The database role {ROLE} may not read that"),
    "no table": ({"table": "nowhere"}, 'refuses: relation "public.nowhere" does not exist'),
    "no column": ({"query": "SELECT nothing FROM core.loans"}, 'refuses: column "nothing" does not exist'),
    "no grammar": ({"query": "SELECT FROM WHERE"}, "refuses: syntax error"),
    "twice a name": ({"query": "SELECT id, id FROM core.loans"}, "occurs 2 times"),
    "a bad cell": ({"query": "SELECT id, name::int AS n FROM core.loans"}, "can't use (22P02)"),
    "a write by a function": (
        {"query": "SELECT id, core.sneak() AS n FROM core.loans"},
        "A source's query only reads",
    ),
    "no database": ({"table": "x", "database": "nowhere"}, 'database "nowhere" does not exist'),
}


@pytest.mark.parametrize(("said", "sentence"), PERMANENT.values(), ids=PERMANENT)
def test_what_can_t_be_taken_is_said(taken, bank, said, sentence):
    bank.execute(
        "CREATE OR REPLACE FUNCTION core.sneak() RETURNS int LANGUAGE sql VOLATILE SECURITY DEFINER"
        " AS 'INSERT INTO core.private VALUES (1, 1) RETURNING id'"
    )
    failed = taken(**said)
    assert failed.outcome == "failed" and sentence in failed.error
    assert bank.execute("SELECT count(*) FROM core.private").fetchone() == (0,)
    assert not DatasetVersion.objects.exists() and "Kunde" not in failed.error


def test_a_second_statement_never_reaches_the_server(taken, bank, monkeypatch):
    """Even where the look at its words were wrong: it is sent as one prepared statement."""
    monkeypatch.setattr("apps.datasets.sources.places.check_query", lambda query, dialect: query)
    for query in (
        "SELECT 1 AS a, 2 AS b) AS x; DELETE FROM core.loans; SELECT * FROM (SELECT 1 AS a, 2 AS b",
        "SELECT 1 AS a, 2 AS b) AS x; COMMIT; DELETE FROM core.loans; --",
        "WITH gone AS (DELETE FROM core.loans RETURNING id, name) SELECT * FROM gone",
    ):
        assert taken(query=query).outcome == "failed"
    assert bank.execute("SELECT count(*) FROM core.loans").fetchone() == (50,)


def test_a_role_that_could_do_more_is_refused(taken, bank):
    for grant, said in (("SUPERUSER", "is a superuser"), ("BYPASSRLS", "may bypass row security")):
        bank.execute(f"ALTER ROLE {ROLE} {grant}")
        try:
            assert f"The database role {ROLE} {said}" in taken(table="plain").error
        finally:
            bank.execute(f"ALTER ROLE {ROLE} NO{grant}")
    bank.execute(f"GRANT pg_read_server_files TO {ROLE}")
    try:
        assert "may read the server's files" in taken(table="plain").error
    finally:
        bank.execute(f"REVOKE pg_read_server_files FROM {ROLE}")


def test_a_query_that_takes_too_long_is_stopped_by_the_server(taken, monkeypatch):
    monkeypatch.setattr(postgres, "STATEMENT_SECONDS", 0.5)
    endless = "SELECT count(*) AS a, 1 AS b FROM generate_series(1, 100000000000) AS n"
    assert "took longer than 0.5 seconds over one step" in taken(query=endless).error


def test_rows_without_end_are_stopped_by_the_deadline(taken, settings):
    settings.DATA_SECONDS = 2
    failed = taken(query="SELECT n AS a, n % 10 AS b FROM generate_series(1, 100000000000) AS n")
    assert "longer than" in failed.error


def test_a_server_that_is_away_is_tried_again(taken, place, settings):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings.DATA_HOSTS = (f"postgresql://127.0.0.1:{port}",)
    job = taken(table="plain", host="127.0.0.1", port=port)
    assert job.state == "retrying" and f"127.0.0.1:{port} can't be reached" in job.error


def test_a_server_that_answers_nothing_is_tried_again(taken, settings, monkeypatch):
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings.DATA_HOSTS = (f"postgresql://127.0.0.1:{port}",)
        job = taken(table="plain", host="127.0.0.1", port=port)
    assert job.state == "retrying" and "can't be reached" in job.error


def test_a_line_that_goes_dead_in_the_middle_is_hung_up(taken, place, settings, monkeypatch):
    """A proxy that passes the log-in on, and then nothing more."""
    monkeypatch.setattr(postgres, "GRACE_SECONDS", 0.5)
    settings.DATA_SECONDS = 2
    with _Proxy((place["host"], place["port"]), dead_after=8) as port:
        settings.DATA_HOSTS = (f"postgresql://127.0.0.1:{port}",)
        failed = taken(table="plain", host="127.0.0.1", port=port)
    assert "longer than 2 seconds" in failed.error


def test_a_server_that_breaks_off_in_the_middle_is_tried_again(taken, bank):
    ended = threading.Timer(0.7, lambda: bank.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'quaestor'"
        " AND datname = current_database()"
    ))  # fmt: skip
    ended.start()
    job = taken(query="SELECT n AS a, n % 10 AS b FROM generate_series(1, 100000000000) AS n")
    ended.join()
    assert job.state == "retrying" and "broke off" in job.error
    assert not DatasetVersion.objects.exists()


def test_a_wrong_password_is_said_and_never_repeated(taken, monkeypatch, caplog):
    monkeypatch.setenv("QUAESTOR_SOURCE_BANK", "hunter2-wrong")
    failed = taken(table="plain")
    if failed.outcome != "failed":
        pytest.skip("this server asks for no password")
    assert "authentication failed" in failed.error and "hunter2" not in failed.error + caplog.text


def test_a_host_that_is_not_listed_is_not_asked(dmitri, now, place, settings):
    source = a_source(dmitri, now, "postgresql", {**place, "table": "plain"}, credentials=CREDENTIALS)
    settings.DATA_HOSTS = ("db.example.com",)
    assert "is not among the hosts" in extract(dmitri, source, now).error


def test_a_changed_query_is_taken_whole(dmitri, now, place, taken):
    said = {"mode": "incremental", "cursor": "id", "credentials": CREDENTIALS}
    source = a_source(dmitri, now, "postgresql", {**place, "query": "SELECT id, name FROM core.loans"}, **said)
    assert taken(source).rows == 50
    changed = {**place, "query": "SELECT id, name FROM core.loans WHERE id > 40"}
    source = describe_source(actor=dmitri, source=source, place=changed, now=now)
    assert taken(source).rows == 10


class _Proxy:
    """Passes on what both sides say, until the client has said so many things; then nothing, and keeps the line."""

    def __init__(self, target, dead_after):
        self.target, self.dead_after = target, dead_after
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.lines = []

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self.listening.getsockname()[1]

    def __exit__(self, *error):
        for line in (self.listening, *self.lines):
            line.close()

    def _serve(self):
        client, _ = self.listening.accept()
        server = socket.create_connection(self.target)
        self.lines += [client, server]
        threading.Thread(target=self._pass, args=(server, client, 10**9), daemon=True).start()
        self._pass(client, server, self.dead_after)

    def _pass(self, source, target, times):
        try:
            for _ in range(times):
                if not (said := source.recv(65_536)):
                    return
                target.sendall(said)
        except OSError:
            return
