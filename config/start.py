"""The last look before a process of an installation serves."""

import sys

from django.conf import settings
from django.core.checks import ERROR, run_checks

from config import checks


def leave_without_database() -> None:
    """End the process with a sentence where the database doesn't answer for as long as that is borne."""
    from apps.jobs.patience import DatabaseAway, await_database  # late: the web starts without it, and says so

    try:
        await_database()
    except DatabaseAway as away:
        sys.exit(f"Quaestor can't start. {away}")


def refuse_if_unsafe() -> None:
    """End the process with a sentence where production could rewrite its own ledger; elsewhere do nothing.

    Migrations don't come this way: they run as the owner, which is the point of having one.
    """
    if not settings.OPTIONS.production:
        return
    messages = [*run_checks(), *checks.the_ledger_is_out_of_reach()]
    for message in messages:
        sys.stderr.write(f"{message}\n")
    if any(message.level >= ERROR for message in messages):
        sys.exit("Quaestor can't start: the reasons are above.")
