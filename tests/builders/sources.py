"""Sources of data, and what is taken from them, the way the product takes it."""

import sqlite3
from contextlib import closing

from django.conf import settings

from apps.datasets.models import Extraction
from apps.datasets.services.sources import register_source, request_extraction
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.datasets import a_dataset

SAID = {"legal_basis": "contract", "retention_days": 730}


def a_source(actor, now, kind, place, dataset=None, **said):
    return register_source(
        actor=actor,
        dataset=dataset or a_dataset(actor, now),
        name="Loans",
        kind=kind,
        place=place,
        now=now,
        **SAID | said,
    )


def extract(actor, source, now, mode=""):
    """Ask for an extraction and have it done; its record."""
    job = request_extraction(actor=actor, source=source, now=now, mode=mode)
    work_off()
    return Extraction.objects.filter(job=job.pk).first() or Job.objects.get(pk=job.pk)


def a_folder():
    """The folder of an embedded home that sources may read from."""
    settings.DATA_ROOTS[0].mkdir(parents=True, exist_ok=True)
    return settings.DATA_ROOTS[0]


def sqlite_file(path, rows, columns="id INTEGER PRIMARY KEY, amount REAL, changed TEXT"):
    """A SQLite database with a table `loans`."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS loans ({columns})")
        marks = ", ".join("?" for _ in columns.split(","))
        connection.executemany(f"INSERT INTO loans VALUES ({marks})", rows)
    return path
