"""Cold start: a process until it knows the product, until its first answer, and `manage.py up` until it is ready.

Run by `python bench/start.py`. A bare Django project, made for the run, stands beside the first two.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
PRODUCT = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; import django; django.setup()"
BARE = (
    "import django; from django.conf import settings;"
    "settings.configure(SECRET_KEY='x', ROOT_URLCONF='bare', ALLOWED_HOSTS=['*']); django.setup()"
)
FIRST = (
    "; from django.test import Client; assert Client(SERVER_NAME='localhost').get('/health/live').status_code == 200"
)
URLS = "from django.http import HttpResponse\nfrom django.urls import path\n" + (
    "urlpatterns = [path('health/live', lambda request: HttpResponse())]\n"
)


def main() -> int:
    """Print the table; 1 where the product did not come up."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bare.py").write_text(URLS)
        environment = {**os.environ, "QUAESTOR_HOME": str(Path(folder) / "home"), "PYTHONPATH": f"{ROOT}:{folder}"}
        bare, ours = seconds(BARE + FIRST, environment), seconds(PRODUCT + FIRST, environment)
        say(
            f"  a process until its first answer   {ours:6.2f} s"
            f"   a bare Django project {bare:.2f} s, {ours / bare:.1f} x"
        )
        started = time.perf_counter()
        command = [sys.executable, "manage.py", "check"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        say(f"  manage.py check                    {time.perf_counter() - started:6.2f} s")
        return up(environment)


def seconds(code: str, environment: dict[str, str]) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def up(environment: dict[str, str]) -> int:
    """`manage.py up` in an empty home, until it says that web, worker and beat are ready."""
    started, said = time.perf_counter(), []
    command = [sys.executable, "manage.py", "up"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        for line in process.stdout or ():
            said.append(line)
            if line.startswith("Ready"):
                took = time.perf_counter() - started
                say(f"  manage.py up until it is ready     {took:6.2f} s   in an empty home, with all migrations")
                return 0
    finally:
        process.terminate()
        process.wait(timeout=30)
    say("  manage.py up did not get ready: " + "".join(said[-3:]))
    return 1


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
