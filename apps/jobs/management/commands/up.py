import json
import signal
import socket
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from apps.jobs.patience import DatabaseAway, await_database
from apps.jobs.services import release
from apps.jobs.supervisor import CannotStart, Child, Supervisor, alone, free_port

READY_WITHIN_SECONDS = 120


class Command(BaseCommand):
    help = "Runs web, workers and beat on this machine until Ctrl-C (the embedded installation)."

    def handle(self, *args, **options):
        try:
            port = free_port(settings.OPTIONS.port)
            with alone(settings.HOME):
                await_database()
                self._bring_the_database_up_to_date()
                self._run(port)
        except (CannotStart, DatabaseAway) as reason:
            raise CommandError(str(reason)) from None

    def _run(self, port: int) -> None:
        children = children_of(port, settings.JOB_WORKERS, settings.HOME / "logs")
        supervisor = Supervisor(children, root=settings.ROOT, gone=self._gone, say=self._say)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: supervisor.stop.set())
        try:
            supervisor.start()
            self._wait_until_ready(supervisor, f"http://127.0.0.1:{port}")
            supervisor.watch()
        finally:
            supervisor.end()

    def _wait_until_ready(self, supervisor: Supervisor, address: str) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        ready = Readiness(f"{address}/health/ready")
        supervisor.watch(until=lambda: ready() or time.monotonic() > deadline)
        if supervisor.stop.is_set():
            return
        if not ready.answered:
            raise CannotStart(
                f"Quaestor did not get ready: {ready.missing} The logs are in {settings.HOME / 'logs'}."
            )
        self._say(f"Ready: {address}")

    def _bring_the_database_up_to_date(self) -> None:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        if settings.OPTIONS.production:  # there the one who migrates is not the one who serves
            raise CannotStart("The database is not up to date. Run: python manage.py migrate")
        self._say("Bringing the database up to date …")
        call_command("migrate", verbosity=0)
        connection.close()

    def _gone(self, pid: int) -> None:
        """Give back at once what a dead child held; a database that can't (a full disk) must not end the others."""
        try:
            release(f"{socket.gethostname()}:{pid}", now=timezone.now())
        except DatabaseError as error:
            self._say(f"What it held waits for the end of its lease: {error}.")
        connection.close()

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


class Readiness:
    """Asks the web process whether all answer, and remembers what was missing."""

    def __init__(self, url: str):
        self.url, self.answered, self.missing = url, False, "the web process does not answer."

    def __call__(self) -> bool:
        try:
            with urlopen(self.url, timeout=2) as answer:
                self.answered = answer.status == 200
        except HTTPError as refusal:
            self.missing = " ".join(json.load(refusal).get("missing", {}).values())
        except (URLError, OSError, ValueError):
            self.missing = "the web process does not answer."
        return self.answered


def children_of(port: int, workers: int, logs: Path) -> list[Child]:
    """The processes of an embedded installation."""
    logs.mkdir(parents=True, exist_ok=True)
    python, manage = sys.executable, str(settings.ROOT / "manage.py")
    web = [
        *(python, "-m", "gunicorn", "config.wsgi:application", f"--bind=127.0.0.1:{port}"),
        *(f"--workers={settings.OPTIONS.workers}", "--threads=8", "--timeout=120", "--graceful-timeout=3"),
        *("--no-control-socket", "--worker-tmp-dir=/dev/shm" if Path("/dev/shm").is_dir() else "--preload"),
    ]
    one_port = {"PORT": str(port)}
    return [
        Child("web", web, logs / "web.log", environment=one_port),
        Child("beat", [python, manage, "beat"], logs / "beat.log", environment=one_port),
        *(
            # Killed rather than asked when the parent is gone: asked, a busy worker would live on until its job ends.
            Child(
                f"worker {n}",
                [python, manage, "worker"],
                logs / f"worker-{n}.log",
                signal.SIGKILL,
                environment=one_port,
            )
            for n in range(1, workers + 1)
        ),
    ]
