"""MLflow's calls beside a stock MLflow server on the same PostgreSQL, and the search page over 10,000 runs.

Run by `python bench/tracking.py [runs] [page]`. Both servers are started here, each on a database that is made for
the run and dropped after it, and asked by one client over one connection, call by call in turn. The stock server is
that of `.peers/mlflow-3.17` (scripts/peers.py), with one worker as ours; its job runners are started with it. Memory
is resident memory of all processes of each, and CPU the time of all of them for a call, without the database's.
"""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import requests

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PEER = ROOT / ".peers" / "mlflow-3.17" / "bin" / "mlflow"
RUNS, PAGE_RUNS, PAGE_METRICS, ASKED = 400, 10_000, 50, 25
NOW = 1_700_000_000_000
TAGS = [{"key": f"mlflow.{key}", "value": key} for key in ("user", "source.name", "source.type")]


class Server:
    """A server under test: its process group, its address, and one kept connection to it."""

    def __init__(self, command: list[str], port: int, environment: dict[str, str], token: str = "") -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.experiment, self.runs = "", list[str]()

    def await_it(self) -> None:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=2).close()
                return
            except OSError:
                time.sleep(0.5)
        raise SystemExit(f"{self.url} does not answer")

    def post(self, path: str, **body: Any) -> Any:
        return self._read(self.session.post(f"{self.url}/api/2.0/mlflow/{path}", json=body))

    def get(self, path: str, **asked: Any) -> Any:
        return self._read(self.session.get(f"{self.url}/api/2.0/mlflow/{path}", params=asked))

    def _read(self, answer: requests.Response) -> Any:
        if answer.status_code != 200:
            raise SystemExit(f"{answer.url} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    def megabytes(self) -> float:
        """Resident memory of every process of the server's session."""
        listed = subprocess.run(["ps", "-eo", "sess=,rss="], capture_output=True, text=True, check=True).stdout
        return (
            sum(int(rss) for session, rss in map(str.split, listed.splitlines()) if int(session) == self.process.pid)
            / 1024
        )

    def cpu_ms(self) -> float:
        """Processor time that the server's processes have taken so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return 1000 * ticks / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def create(server: Server, number: int) -> None:
    said = {"experiment_id": server.experiment, "start_time": NOW + number, "run_name": f"run-{number}", "tags": TAGS}
    server.runs.append(server.post("runs/create", **said)["run"]["info"]["run_id"])


def log_hundred(server: Server, number: int) -> None:
    metrics = [{"key": f"m{k}", "value": k / 2 + number, "timestamp": NOW, "step": 0} for k in range(100)]
    server.post("runs/log-batch", run_id=server.runs[number], metrics=metrics)


def log_params(server: Server, number: int) -> None:
    params = [{"key": f"p{k}", "value": str(k * number % 7)} for k in range(10)]
    server.post("runs/log-batch", run_id=server.runs[number], params=params)


def get_run(server: Server, number: int) -> None:
    server.get("runs/get", run_id=server.runs[number])


def search(most: int, **asked: Any) -> Callable[[Server, int], None]:
    def ask(server: Server, number: int) -> None:
        told = server.post("runs/search", experiment_ids=[server.experiment], max_results=most, **asked)
        if not told["runs"]:
            raise SystemExit("a search found nothing")

    return ask


FILTERED = {"filter": "metrics.m3 > 30 and params.p3 = '2'", "order_by": ["metrics.m4 DESC"]}


def in_turn(title: str, servers: list[Server], call: Callable[[Server, int], None], times: int) -> None:
    """Say medians of milliseconds, each server asked in its turn, and the processor time of a call."""
    before = [server.cpu_ms() for server in servers]
    took: list[list[float]] = [[] for _ in servers]
    for number in range(times):
        for place, server in enumerate(servers):
            started = time.perf_counter()
            call(server, number)
            took[place].append(1000 * (time.perf_counter() - started))
    spent = [(server.cpu_ms() - then) / times for server, then in zip(servers, before, strict=True)]
    beside(title, *(statistics.median(one) for one in took))
    beside("  CPU", *spent)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def beside(title: str, ours: float, stock: float, unit: str = "ms") -> None:
    say(f"  {title:28}{ours:9.1f} {unit}{stock:10.1f} {unit}{stock / max(ours, 0.01):9.1f} x")


def compare(runs: int) -> None:
    from tests.databases import postgres_url

    at = postgres_url()
    names = [f"bench_tracking_{os.getpid()}_{side}" for side in ("ours", "stock")]
    with psycopg.connect(at, autocommit=True) as admin, tempfile.TemporaryDirectory() as home:
        for name in names:
            admin.execute(f"CREATE DATABASE {name}")
        place = urlsplit(at)
        urls = [place._replace(path=f"/{name}").geturl() for name in names]
        servers: list[Server] = []
        try:
            servers = [start_ours(urls[0].replace("postgresql:", "postgres:", 1), home), start_stock(urls[1], home)]
            measure(servers, runs)
        finally:
            for server in servers:
                server.end()
            for name in names:
                admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def start_ours(url: str, home: str) -> Server:
    port = free_port()
    environment = {"QUAESTOR_HOME": home, "QUAESTOR_DATABASE_URL": url, "PORT": str(port)}
    prepare = [sys.executable, str(ROOT / "manage.py"), "prepare"]
    subprocess.run(prepare, env={**os.environ, **environment}, check=True, capture_output=True, cwd=ROOT)
    token = json.loads((Path(home) / "demo" / "people.json").read_text())["dmitri"]["token"]
    web = [sys.executable, "-m", "gunicorn", "config.wsgi:application", f"--bind=127.0.0.1:{port}"]
    server = Server(
        [*web, "--workers=1", "--threads=8", "--no-control-socket", f"--chdir={ROOT}"], port, environment, token
    )
    server.await_it()
    return server


def start_stock(url: str, home: str) -> Server:
    port = free_port()
    store = url.replace("postgres:", "postgresql:", 1).replace("postgresql:", "postgresql+psycopg2:", 1)
    command = [str(PEER), "server", f"--backend-store-uri={store}", f"--port={port}", "--workers=1"]
    server = Server([*command, f"--artifacts-destination={home}/stock"], port, {"MLFLOW_DISABLE_TELEMETRY": "true"})
    server.await_it()
    return server


def measure(servers: list[Server], runs: int) -> None:
    for server in servers:
        server.experiment = server.post("experiments/create", name=uuid.uuid4().hex)["experiment_id"]
    say(f"  {'':28}{'ours':>12}{'stock MLflow':>13}{'ratio':>11}   {runs} runs of 100 metrics")
    in_turn("create run", servers, create, runs)
    in_turn("log batch of 100 metrics", servers, log_hundred, runs)
    in_turn("log batch of 10 parameters", servers, log_params, runs)
    in_turn("get run", servers, get_run, 60)
    in_turn("search 100", servers, search(100), ASKED)
    in_turn("search 100, filtered", servers, search(100, **FILTERED), ASKED)
    in_turn("search 1,000 (all there are)", servers, search(1000), 5)
    ours, stock = (server.megabytes() for server in servers)
    beside("memory, all processes", ours, stock, "MB")


def page(runs: int) -> int:
    """The search page over many runs, through the whole stack but the socket; 1 where its queries grow."""
    os.environ["DATABASE"] = os.environ.get("DATABASE", "postgres")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.test.utils import setup_test_environment

    from tests.conftest import NOW as TODAY
    from tests.conftest import person
    from tests.databases import kind, use

    setup_test_environment()
    databases = kind()
    name = f"quaestor_bench_page_{os.getpid()}"
    databases.clone(databases.template(), name)
    try:
        use(name)
        dmitri = person("dmitri")
        from apps.tracking.services.experiments import create_experiment

        few, many = (create_experiment(actor=dmitri, name=name, now=TODAY) for name in ("few", "many"))
        seed(dmitri, few, 60, TODAY)
        seed(dmitri, many, runs, TODAY)
        return show(dmitri, few, many, runs)
    finally:
        use("postgres")
        databases.drop(name)


def seed(user: Any, experiment: Any, runs: int, now: Any) -> None:
    """Runs as their services leave them, by bulk inserts: what a search reads, and not their histories."""
    from apps.tracking.models import LatestMetric, Logbook, Param, Run
    from apps.tracking.services.bulk import insert

    for first in range(0, runs, 200):
        rows = [
            Run(
                pk=experiment.pk * 1_000_000 + n,
                reference=uuid.uuid4().hex,
                experiment=experiment,
                name=f"run-{n}",
                status="FINISHED",
                started_by=user,
                started_ms=NOW + n,
                ended_ms=NOW + n + 1,
                begun_at=now,
                closed_at=now,
            )
            for n in range(first, min(first + 200, runs))
        ]
        insert(rows)
        books, latest, params = [], [], []
        for n, row in enumerate(rows, start=first):
            values = {f"m{k}": (n * 7919 * (k + 1) % 10_007) / 10_007 for k in range(PAGE_METRICS)}
            shown = [{"key": key, "value": value, "timestamp": NOW, "step": 0} for key, value in values.items()]
            said = {f"p{k}": str(n * (k + 3) % 11) for k in range(10)}
            listed = [{"key": key, "value": value} for key, value in said.items()]
            books.append(Logbook(run=row, metrics=json.dumps(shown), params=json.dumps(listed)))
            latest += [
                LatestMetric(run_id=row.pk, key=key, value=value, is_nan=False) for key, value in values.items()
            ]
            params += [Param(run_id=row.pk, key=key, value=value, place=0) for key, value in said.items()]
        insert(books)
        for at in range(0, len(latest), 2000):
            insert(latest[at : at + 2000])
        insert(params)


def show(user: Any, few: Any, many: Any, runs: int) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(user)
    held = True
    say(f"  the page over {runs:,} runs of {PAGE_METRICS} metrics, on {connection.vendor}")
    for title, asked in (
        ("all", {}),
        ("sorted by a metric", {"order": "metrics.m3 DESC"}),
        ("filtered", {"filter": "metrics.m3 > 0.9 AND params.p3 = '2'"}),
        ("filtered and sorted", {"filter": "metrics.m3 > 0.5 AND metrics.m4 < 0.5", "order": "metrics.m7 ASC"}),
    ):
        counts = []
        for experiment in (few, many):
            client.get(experiment.get_absolute_url(), asked)
            with CaptureQueriesContext(connection) as queries:
                client.get(experiment.get_absolute_url(), asked)
            counts.append(len(queries))
        times = []
        for _ in range(15):
            started = time.perf_counter()
            client.get(many.get_absolute_url(), asked)
            times.append(1000 * (time.perf_counter() - started))
        held = held and counts[0] == counts[1] < 30
        say(f"  {title:28}{statistics.median(times):9.1f} ms{counts[1]:6} queries, {counts[0]} over 60 runs")
    return 0 if held else 1


def main(runs: int, page_runs: int) -> int:
    if PEER.exists():
        compare(runs)
    else:
        say("  no stock server to stand beside: make its environment with scripts/peers.py")
    return page(page_runs)


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    raise SystemExit(main(*(given + [RUNS, PAGE_RUNS][len(given) :])))
