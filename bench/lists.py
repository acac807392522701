"""Lists over five thousand models: queries and time of a page, beside the same page over six hundred.

Run by `python bench/lists.py [models]`. The models are registered through the service, in a copy of the tests'
database, and asked for as a risk officer who sees them all, through the whole stack but the socket.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
PAGES = (
    "/",
    "/models/",
    "/models/?q=Model+49",
    "/findings/",
    "/approvals/",
    "/audit/",
    "/api/v1/models/",
    "/api/v1/versions/",
    "/api/v1/findings/",
    "/api/v1/approvals/",
    "/api/v1/audit/events/",
)
FEW, MANY, ASKED, MOST_QUERIES = 600, 5000, 5, 30
FINDINGS_EVERY = 10


def main(many: int) -> int:
    """Print the table; 1 where a list asks more often for more rows."""
    import django

    django.setup()
    from django.db import transaction
    from django.test.utils import setup_test_environment

    from apps.policies.installing import install_defaults
    from tests.conftest import NOW, person
    from tests.databases import kind, use

    setup_test_environment()
    databases = kind()
    with tempfile.TemporaryDirectory() as folder:
        name = str(Path(folder) / "lists.sqlite3")
        databases.clone(databases.template(), name)
        use(name)
        olivia, rosa = person("olivia"), person("rosa")
        install_defaults(rosa, person("ruth"), NOW)
        with transaction.atomic():
            register(olivia, 0, FEW, NOW)
        few = {page: asked(rosa, page) for page in PAGES}
        started = time.perf_counter()
        with transaction.atomic():
            register(olivia, FEW, many, NOW)
        took = time.perf_counter() - started
        rows = {page: asked(rosa, page) for page in PAGES}
        use(":memory:")
    say(
        f"{many:,} models, a finding for each tenth;"
        f" registered at {1.1 * (many - FEW) / took:,.0f} acts a second, on SQLite"
    )
    say(f"  {'':26}{'queries':>8}{'ms':>8}   over {FEW} models")
    for page, (queries, milliseconds) in rows.items():
        before, then = few[page]
        say(f"  {page:26}{queries:8}{milliseconds:8.1f}   {before:3} queries, {then:6.1f} ms")
    held = all(rows[page][0] == few[page][0] < MOST_QUERIES for page in PAGES)
    say(f"  as many queries for more rows, and under {MOST_QUERIES}: {held}")
    return 0 if held else 1


def register(owner, first: int, end: int, now) -> None:
    from apps.findings.services import open_finding
    from tests.builders.inventory import a_model

    for number in range(first, end):
        model = a_model(owner, now, name=f"Model {number}")
        if number % FINDINGS_EVERY == 0:
            open_finding(actor=owner, subject=model, title=f"Finding {number}", now=now)


def asked(user, page: str) -> tuple[int, float]:
    """Queries of a page, and the median of its milliseconds."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(user)
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        status = client.get(page).status_code
    queries = len(captured)
    if status != 200:
        raise SystemExit(f"{page} answered {status}")
    times = []
    for _ in range(ASKED):
        started = time.perf_counter()
        client.get(page)
        times.append(1000 * (time.perf_counter() - started))
    return queries, statistics.median(times)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY))
