"""A model that is released and watched, and the rows it sends."""

import csv
import io
import random
from datetime import timedelta

from apps.deployments.services import deploy
from apps.files.services import store_bytes
from apps.jobs.running import work_off
from apps.monitoring.models import Batch, Window
from apps.monitoring.services.batches import receive_batch
from apps.monitoring.services.windows import close_window
from tests.builders.datasets import a_version as a_table
from tests.builders.versions import approved, fresh

ROWS = 600
USE = "Waive the paper proof"
AGE = {"name": "age", "column": "age", "bins": {"edges": [40], "labels": ["young", "old"]}}


def people(count=ROWS, *, seed=0, ages=(18, 64)):
    """Applicants whose default follows from the score they got; [{id, age, score, default}]."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        score = round(draw.random(), 4)
        default = "yes" if draw.random() < score else "no"
        rows.append({"id": f"p{seed}-{number}", "age": draw.randint(*ages), "score": score, "default": default})
    return rows


def as_csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def watched(olivia, dmitri, victor, rosa, ruth, now, *, petra):
    """A version tested on `people()`, approved and released into production."""
    columns = {"id_column": "id", "score": "score", "target": "default"}
    table = a_table(dmitri, now, content=as_csv(people()), **columns)
    said = {"reference_data": table.reference, "evaluation_data": table.reference, "protected": [AGE]}
    version = approved(olivia, dmitri, victor, rosa, ruth, now, **said)
    deploy(actor=petra, version=version, environment="production", now=now)
    return fresh(version)


def predictions(rows, at, *, use=USE, version="1.0.0"):
    """People as rows of predictions, one a minute from `at`."""
    return [
        {
            "id": row["id"],
            "time": (at + timedelta(minutes=place)).isoformat(),
            "version": version,
            "use": use,
            "features": {"age": row["age"]},
            "score": row["score"],
        }
        for place, row in enumerate(rows)
    ]


def outcomes(rows, at):
    return [{"id": row["id"], "outcome": row["default"], "time": at.isoformat()} for row in rows]


def send(actor, model, rows, now, sort="predictions"):
    """Rows as a batch, taken in."""
    import json

    source = store_bytes(json.dumps(rows).encode())
    batch = receive_batch(actor=actor, model=model, sort=sort, form="json", source=source, now=now)
    work_off()
    return Batch.objects.get(pk=batch.pk)


def closed(actor, model, start, end, now):
    """The window of this span, closed now; None where nothing lies in it."""
    close_window(actor=actor, model=model, start=start, end=end, now=now)
    work_off()
    return Window.objects.filter(start=start, end=end).order_by("-edition").first()
