"""What Django is asked to look at before an installation serves: `manage.py check --deploy`, and every start.

What the options alone tell is refused while they are read (config/options.py); here is what only the database knows.
"""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import DatabaseError, connection

from config.options import unknown_variables

# The ledger's tables are the ones whose triggers fire even in replica mode (ENABLE ALWAYS).
LEDGER = "SELECT tgrelid FROM pg_trigger WHERE tgenabled = 'A' AND NOT tgisinternal"
POWERS = {
    "it is a superuser": "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
    "it may make and grant roles": "SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user",
    "it owns a table of the ledger, or may act as the owner": (
        "SELECT coalesce(bool_or(pg_has_role(current_user, relowner, 'MEMBER')), false)"
        f" FROM pg_class WHERE oid IN ({LEDGER})"
    ),
    "it owns the schema": (
        "SELECT coalesce(bool_or(pg_has_role(current_user, nspowner, 'MEMBER')), false) FROM pg_namespace"
        f" WHERE oid IN (SELECT relnamespace FROM pg_class WHERE oid IN ({LEDGER}))"
    ),
    "it owns the database": (
        "SELECT pg_has_role(current_user, datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()"
    ),
    "it may empty a table of the ledger": (
        "SELECT coalesce(bool_or(has_table_privilege(current_user, oid, 'TRUNCATE, TRIGGER')), false)"
        f" FROM pg_class WHERE oid IN ({LEDGER})"
    ),
}
# Roles by which a hosted PostgreSQL lends some of a superuser's powers; how many, only the host knows.
LENT = ("rds_superuser", "cloudsqlsuperuser", "azure_pg_admin", "alloydbsuperuser")
HOW = "Run migrations as the owner and the product as another role: deploy/postgres-roles.sql makes both."


@register()
def variables_are_known(**_: Any) -> list[CheckMessage]:
    """A misspelt setting changes nothing, silently; so it is said. Not refused: clusters add variables of theirs."""
    return [
        Warning(f"{name} is not a setting of Quaestor.", hint="See docs/settings.md.", id="quaestor.W001")
        for name in unknown_variables(os.environ)
    ]


@register()
def mail_leaves_the_house(**_: Any) -> list[CheckMessage]:
    """Not refused: a pilot may want it so; but who waits for a reminder should know that none comes."""
    options = settings.OPTIONS
    if not options.production or options.mail_url.startswith("smtp"):
        return []
    said = "QUAESTOR_MAIL_URL is not set to a mail server: reminders and the day's checkpoint reach nobody."
    return [Warning(said, hint="See docs/production.md.", id="quaestor.W003")]


@register("ledger", deploy=True)
def the_ledger_is_out_of_reach(**_: Any) -> list[CheckMessage]:
    """Whoever owns the ledger's tables could drop its triggers and rewrite it; the product must not be able."""
    if connection.vendor != "postgresql":
        return [Error("Production needs PostgreSQL.", hint=HOW, id="quaestor.E001")]
    try:
        found = [reason for reason, query in POWERS.items() if _asked(query)]
        lent = _asked(
            "SELECT string_agg(rolname, ', ') FROM pg_roles WHERE rolname = ANY(%s)"
            " AND pg_has_role(current_user, oid, 'MEMBER')",
            list(LENT),
        )
        there = _asked(f"SELECT count(*) FROM ({LEDGER}) AS guarded")
    except DatabaseError as error:
        return [_untold(f"the database doesn't say ({str(error).strip()})")]
    who = f"The database role {settings.DATABASES['default']['USER']!r} could rewrite the ledger:"
    messages: list[CheckMessage] = [Error(f"{who} {reason}.", hint=HOW, id="quaestor.E002") for reason in found]
    if not there:
        messages.append(_untold("its tables aren't there; migrate first"))
    elif lent and not found:
        messages.append(_untold(f"it is a member of {lent}"))
    return messages


def _untold(why: str) -> Warning:
    return Warning(f"Whether the database role could rewrite the ledger can't be told: {why}.", id="quaestor.W002")


def _asked(query: str, *values: object) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        row = cursor.fetchone()
        return row[0] if row else None
