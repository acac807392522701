"""Kinds of work for the tests: they count what they did in a table, and can be held at a gate."""

import os
import time
import uuid
from pathlib import Path

from django.contrib.auth.models import Group

from apps.jobs.errors import CannotBeDone, TryAgain
from apps.jobs.registry import register


def wait_at(name: str) -> None:
    """Say that we came to gate `name`, and stay until it is opened."""
    folder = Path(os.environ["ERRANDS"])
    (folder / f"{name}.reached").touch()
    while not (folder / f"{name}.open").exists():
        time.sleep(0.02)


def add(run):
    run.progress(0.5, "Adding")
    if run.parameters.get("gate") == "work":
        wait_at("work")
    return sum(run.parameters["numbers"])


def write(run, total):
    Group.objects.create(name=f"errand {run.job.pk} {uuid.uuid4()}")
    if run.parameters.get("gate") == "commit":
        wait_at("commit")
    return {"total": total}


def effects(job) -> int:
    """How often the job's effect is in the database."""
    return Group.objects.filter(name__startswith=f"errand {job.pk}").count()


def refuse(run):
    raise CannotBeDone("The file has no rows.")


def stumble(run):
    raise TryAgain("The registry did not answer.")


def break_down(run):
    raise ZeroDivisionError


def count_to_a_million(run):
    for n in range(1_000_000):
        run.progress(n / 1_000_000, f"At {n}")
        time.sleep(0.01)


def regret(job):
    Group.objects.create(name=f"regret {job.pk}")


def register_all() -> None:
    register("errands.add", title="Adding numbers", work=add, commit=write)
    register("errands.refuse", work=refuse, failed=regret)
    register("errands.stumble", work=stumble, failed=regret)
    register("errands.break_down", work=break_down)
    register("errands.count", work=count_to_a_million, failed=regret)
