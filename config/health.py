"""Is this process alive, and could it serve? For load balancers and for `up`, so no log-in and no secrets."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from apps.core.health import PROBES, Probe, probe


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when everything answers, else 503 naming what doesn't."""
    away = _asked(database_answers)  # first and alone: each of the others would wait for it again
    missing = {"database": away} if away else _all_missing()
    status = "ready" if not missing else "not ready"
    return JsonResponse({"status": status, "missing": missing}, status=503 if missing else 200)


def _all_missing() -> dict[str, str]:
    return {name: sentence for name, check in PROBES.items() if (sentence := _asked(check))}


def _asked(check: Probe) -> str:
    try:
        return check()
    except DatabaseError:
        return "The database does not answer."


@probe("database")
def database_answers() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


@probe("migrations")
def migrations_are_applied() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations wait: run manage.py migrate." if waiting else ""


@probe("key")
def the_ledger_can_be_signed() -> str:
    return "" if len(settings.LEDGER_SEED) == 32 else "The ledger has no key."
