"""The ledger on PostgreSQL: acts beside plain inserts by eight writers, and how fast the whole is verified.

Run by `python bench/ledger.py [acts] [events]`. Both sides write from eight processes, one transaction each, to the
same server in one run; the act does what it always does: locks, permits, writes row, event, payload, index and place.
The database is made for the run and dropped after it.
"""

import json
import multiprocessing
import os
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DATABASE"] = "postgres"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
WRITERS, ROUNDS = 8, 3
ACTS, EVENTS = 1600, 100_000
VERIFIED_A_SECOND = 70_000
PLAIN, CHANGE, ACT = "plain inserts", "the change without the ledger", "acts"


def start(name: str) -> None:
    """Django in this process, on the run's database."""
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = name
    settings.DATABASES["default"]["CONN_MAX_AGE"] = None
    django.setup()


def write(number: int, orders, barrier, times) -> None:
    """One writer, until an empty order: carry out so many transactions of a kind, once all writers are ready."""
    work = works(number)
    for kind, count in iter(orders.get, None):
        work[kind]()
        barrier.wait()
        started = time.perf_counter()
        for _ in range(count):
            work[kind]()
        times.put((started, time.perf_counter()))


def works(number: int) -> dict:
    """What writer `number` does of each kind. The change is the act's own, as the mapper carries it out."""
    from django.db import models, transaction
    from django.utils import timezone

    from apps.accounts.models import User
    from apps.audit.acts import act
    from apps.core.events import Event
    from apps.inventory.models import Model

    class Plain(models.Model):
        body = models.TextField()
        digest = models.BinaryField()

        class Meta:
            app_label, managed, db_table = "bench", False, "bench_plain"

        def __str__(self) -> str:
            return str(self.pk)

    event = Event("inventory.model_touched_here", "inventory.add_model", "A benchmark touched a model.")
    actor, model = User.objects.get(email="olivia@demo.example"), Model.objects.order_by("pk")[number]
    body = json.dumps({"note": "x" * 400})

    def insert() -> None:
        with transaction.atomic():
            Plain.objects.create(body=body, digest=os.urandom(32))

    def change() -> None:
        with transaction.atomic():
            row = models.QuerySet(Model).select_for_update(no_key=True).get(pk=model.pk)
            models.QuerySet(Model).filter(pk=row.pk).update(revision=row.revision + 1)

    def governed() -> None:
        with act(event, actor=actor, subject=model, now=timezone.now(), note="touched") as row:
            row.save()

    return {PLAIN: insert, CHANGE: change, ACT: governed}


class Writers:
    """Eight processes that stand ready, so that starting them costs no round anything."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")  # before this process has a connection to share
        self.barrier, self.times = context.Barrier(WRITERS), context.Queue()
        self.orders = [context.Queue() for _ in range(WRITERS)]
        self.processes = [
            context.Process(target=write, args=(number, orders, self.barrier, self.times), daemon=True)
            for number, orders in enumerate(self.orders)
        ]
        for process in self.processes:
            process.start()

    def rate(self, kind: str, count: int) -> float:
        """Transactions a second, all writers together."""
        share = count // WRITERS
        self.order((kind, share))
        spans = [self.times.get() for _ in self.processes]
        return share * WRITERS / (max(end for _, end in spans) - min(begin for begin, _ in spans))

    def order(self, order: tuple[str, int] | None) -> None:
        for orders in self.orders:
            orders.put(order)

    def dismiss(self) -> None:
        self.order(None)
        for process in self.processes:
            process.join()


def fill(count: int) -> None:
    """`count` events as acts write them, by COPY: their places come from the same trigger, at commit."""
    import hashlib

    from django.db import connection, transaction

    from apps.core.canonical import canonical

    head = {"verb": "inventory.model_touched_here", "actor": "USR-1", "cause": "", "root": ""}
    moment = "2026-11-23T10:00:00.000000Z"
    change = {
        "kind": "model",
        "row": "1",
        "reference": "MDL-0001",
        "before": {"name": "a" * 80},
        "after": {"name": "b"},
    }
    first = 10_000_000
    with transaction.atomic():
        cursor = connection.connection.cursor()
        bodies = []
        for n in range(count):
            subject = {"kind": "model", "reference": f"MDL-{n:07d}"}
            body = {
                "v": 1,
                **head,
                "occurred_at": moment,
                "subject": subject,
                "changes": [change],
                "note": f"note {n}",
            }
            bodies.append((os.urandom(16), canonical(body).decode(), subject["reference"]))
        columns = "id, verb, actor, subject_kind, subject_reference, root_reference, cause, occurred_at, digest"
        with cursor.copy(f"COPY audit_entry ({columns}) FROM STDIN") as copy:
            for n, (salt, body, reference) in enumerate(bodies):
                digest = hashlib.sha256(salt + body.encode()).digest()
                copy.write_row((first + n, head["verb"], "USR-1", "model", reference, "", "", moment, digest))
        with cursor.copy("COPY audit_payload (entry_id, salt, body) FROM STDIN") as copy:
            for n, (salt, body, _) in enumerate(bodies):
                copy.write_row((first + n, salt, body))


def main(acts: int, events: int) -> None:
    from tests.databases import PostgreSQL, use

    name = f"quaestor_bench_{os.getpid()}"
    start("postgres")
    databases = PostgreSQL()
    databases.clone(databases.template(), name)
    try:
        use(name)
        measure(name, acts, events)
    finally:
        use("postgres")
        databases.drop(name)


def measure(name: str, acts: int, events: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from apps.audit.sealing import seal
    from apps.audit.verification import verify
    from tests.builders.inventory import a_model
    from tests.conftest import person

    olivia = person("olivia")
    for n in range(WRITERS):
        a_model(olivia, timezone.now(), name=f"Model {n}")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_plain (id bigserial PRIMARY KEY, body text, digest bytea UNIQUE)")
    connection.close()
    rates: dict[str, list[float]] = {PLAIN: [], CHANGE: [], ACT: []}
    writers = Writers()
    for _ in range(ROUNDS):
        for kind, found in rates.items():
            found.append(writers.rate(kind, acts))
    writers.dismiss()
    medians = {kind: statistics.median(found) for kind, found in rates.items()}
    say(f"{WRITERS} writers, one transaction each time, median of {ROUNDS} rounds of {acts:,}")
    for kind, median in medians.items():
        ratio = f"acts are {medians[ACT] / median:.2f} x" if kind != ACT else "aim 0.5 x plain inserts"
        say(f"  {kind:32}{median:10,.0f} a second   {ratio}")
    started = time.perf_counter()
    fill(events)
    say(f"{events:,} events filled in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    size = seal(timezone.now()).size
    say(f"  sealing           {size / (time.perf_counter() - started):10,.0f} events a second")
    process = time.process_time()
    found = [verify() for _ in range(ROUNDS)]
    assert all(result.held for result in found), found[0].findings[:3]
    fastest, seconds = min(result.seconds for result in found), (time.process_time() - process) / ROUNDS
    ratio = size / fastest / VERIFIED_A_SECOND
    say(f"  verification      {size / fastest:10,.0f} events a second   {ratio:.2f} x its aim, {VERIFIED_A_SECOND:,}")
    say(f"                    {seconds / size * 1e6:10.1f} microseconds of this process's CPU an event")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given + [ACTS, EVENTS][len(given) :]))
