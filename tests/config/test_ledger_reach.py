"""The role the product runs as can't rewrite the ledger, and production looks before it starts."""

import re
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction

from config import checks
from tests.builders.roles import make_roles

ROLES = Path(__file__).resolve().parent.parent.parent / "deploy" / "postgres-roles.sql"
pytestmark = pytest.mark.both


@pytest.fixture
def postgres(own_database):
    if own_database.vendor != "postgresql":
        pytest.skip("roles are PostgreSQL's")
    return own_database


@pytest.fixture
def as_app(postgres):
    """Connected as the app role that deploy/postgres-roles.sql makes; the value is the owner's name."""
    superuser = postgres.settings_dict["USER"]
    with make_roles(postgres, ROLES.read_text()) as (owner, app):
        sign_in(postgres, app)
        yield owner
        sign_in(postgres, superuser)


def sign_in(connection, user):
    connection.close()
    connection.settings_dict["USER"] = user


def said(messages):
    return [re.sub(r".*: ", "", message.msg) for message in messages]


def test_sqlite_is_not_for_production(own_database):
    if own_database.vendor == "sqlite":
        assert [message.id for message in checks.the_ledger_is_out_of_reach()] == ["quaestor.E001"]


def test_a_superuser_could_rewrite_it(postgres):
    assert "it is a superuser." in said(checks.the_ledger_is_out_of_reach())


def test_the_app_role_has_no_way_to(as_app):
    assert checks.the_ledger_is_out_of_reach() == []


def test_an_empty_database_is_told_apart(postgres):
    with postgres.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    assert "quaestor.W002" in [message.id for message in checks.the_ledger_is_out_of_reach()]


@pytest.mark.parametrize(
    "way",
    [
        "TRUNCATE audit_entry CASCADE",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TABLE audit_entry CASCADE",
        "DROP SCHEMA public CASCADE",
        "SET session_replication_role = replica",
        "SET ROLE {owner}",
        "CREATE TABLE public.mine (x int)",
    ],
)
def test_every_way_round_the_triggers_is_closed(as_app, way):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(way.format(owner=as_app))
