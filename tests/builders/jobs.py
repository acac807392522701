"""Workers and other processes on a test's own database."""

import subprocess
import sys
import time
from contextlib import contextmanager

from django.conf import settings


@contextmanager
def process(folder, environment, *command):
    """`manage.py command` in `folder`'s name, its output in a log there; killed at the end if it still lives."""
    log = folder / f"{command[0]}.log"
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=settings.ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield child
    except AssertionError as failure:
        failure.add_note(log.read_text()[-4000:])
        raise
    finally:
        child.kill()
        child.wait()


def eventually(holds, within_seconds=30.0):
    """Poll until `holds()` is true, and say so if it never is."""
    deadline = time.monotonic() + within_seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited {within_seconds} s in vain"
        time.sleep(0.05)
    return found
