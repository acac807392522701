"""Two batches that bring the same ids at the same moment: each id counts once, on both databases."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from apps.jobs.running import carry_out
from apps.monitoring.models import Batch
from apps.monitoring.services.batches import receive_batch
from apps.policies.installing import install_defaults
from tests.builders.monitoring import people, predictions, watched
from tests.conftest import also, person

pytestmark = pytest.mark.both


@pytest.fixture
def crew(own_database, now):
    named = {name: person(name) for name in ("olivia", "dmitri", "victor", "rosa", "ruth")}
    install_defaults(named["rosa"], named["ruth"], now)
    petra = also(named["dmitri"], "platform_engineer")
    return petra, watched(**named, now=now, petra=petra).model


def test_racing_batches_take_each_id_once_and_name_the_contradictions(crew, now):
    import json

    from apps.files.services import store_bytes

    petra, model = crew
    rows = predictions(people(400, seed=31), now - timedelta(days=2))
    changed = [{**row, "score": 0.5} if place < 10 else row for place, row in enumerate(rows)]
    batches = [
        receive_batch(
            actor=petra,
            model=model,
            sort="predictions",
            form="json",
            source=store_bytes(json.dumps(sent).encode()),
            now=now,
        )
        for sent in (rows, changed, rows[:200])
    ]
    start = threading.Barrier(len(batches))

    def take(batch):
        try:
            start.wait()
            carry_out(batch.job)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(batch,)) for batch in batches]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    taken = list(Batch.objects.order_by("number"))
    assert [batch.number for batch in taken] == [1, 2, 3]
    assert sum(batch.accepted for batch in taken) == 400
    assert sum(batch.accepted + batch.ignored + batch.rejected for batch in taken) == 1000
    contradicted = {said["reason"].split()[1] for batch in taken for said in batch.rejections}
    assert contradicted == {f"p31-{place}" for place in range(10)}
