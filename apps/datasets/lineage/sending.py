"""Telling another system what was made here of what: OpenLineage events, in the ledger's order, at least once.

The run's id follows from the event in the ledger, so a receiver that is told twice knows it.
"""

import logging
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import requests
from django.conf import settings

from apps.accounts.models import User
from apps.audit.models import Leaf
from apps.core.lineage import OUTSIDE, Link, Node, behind, making
from apps.datasets.lineage.openlineage import Told, run_event
from apps.datasets.models import DatasetVersion
from apps.jobs.errors import TryAgain
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue
from apps.notifications.models import Cursor

logger = logging.getLogger(__name__)

KIND = "datasets.send_lineage"
MAX_ATTEMPTS = 12
CURSOR = "lineage"
RUNS = UUID("8d1f6f2c-9c0b-4c0e-9a53-7e1c3a8e7b10")  # what run ids are drawn under
FACETS = "https://openlineage.io/spec/facets"
BATCH = 200
TIMEOUT_SECONDS = 10
PASSING = {408, 425, 429}  # refusals that may pass, beside every 5xx


def send_new(now: datetime) -> Job | None:
    """Ask for the work where a receiver is set and something waits; the first time, from now on."""
    if not settings.OPENLINEAGE_URL:
        return None
    newest = Leaf.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    cursor, _ = Cursor.objects.get_or_create(name=CURSOR, defaults={"seq": newest + 1})
    return enqueue(KIND, now=now, once=KIND) if newest >= cursor.seq else None


def work(run: Run) -> dict[str, int]:
    """Send what waits, one after another. What was sent stays sent; what the receiver won't have is left out."""
    sent = 0
    place = Cursor.objects.get(name=CURSOR).seq
    for leaf in Leaf.objects.filter(seq__gte=place).select_related("entry").order_by("seq")[:BATCH]:
        if leaf.entry.verb in making():
            _post(event_of(leaf))
            sent += 1
        Cursor.objects.filter(name=CURSOR, seq=place).update(seq=leaf.seq + 1)
        place = leaf.seq + 1
        run.progress(0.5, f"{sent} sent")
    return {"sent": sent}


def event_of(leaf: Leaf) -> dict[str, Any]:
    """What the event at `leaf` made, of what, as an OpenLineage event."""
    entry = leaf.entry
    node, system = Node(entry.subject_kind, entry.subject_reference), User.objects.system()
    links = behind(node, system)
    return run_event(
        at=entry.occurred_at,
        run=uuid5(RUNS, bytes(entry.digest).hex()),
        job=Told(settings.BASE_URL, entry.verb),
        inputs=[_table(source, {}) for source in dict.fromkeys(link.source for link in links)],
        outputs=[_table(node, _facets(node, links))],
        producer=settings.BASE_URL,
    )


def _table(node: Node, facets: dict[str, Any]) -> dict[str, Any]:
    if node.kind == OUTSIDE:
        namespace, _, name = node.reference.partition(" ")
        return {"namespace": namespace, "name": name, "facets": facets}
    return {"namespace": settings.BASE_URL, "name": node.reference, "facets": facets}


def _facets(node: Node, links: list[Link]) -> dict[str, Any]:
    version = (
        DatasetVersion.objects.filter(reference=node.reference).first() if node.kind == "datasetversion" else None
    )
    if version is None:
        return {}
    fields = [{"name": column["name"], "type": column["type"]} for column in version.columns]
    return {
        "schema": {**_head("1-1-1/SchemaDatasetFacet"), "fields": fields},
        "version": {**_head("1-0-1/DatasetVersionDatasetFacet"), "datasetVersion": version.digest},
        "columnLineage": {**_head("1-2-0/ColumnLineageDatasetFacet"), "fields": _origins(links)},
    }


def _origins(links: list[Link]) -> dict[str, Any]:
    """By column: the columns of the sources that it comes of, where that is known."""
    origins: dict[str, Any] = {}
    for link in links:
        for column, made in sorted((link.gives or {}).items()):
            source = _table(link.source, {})
            origin = {"namespace": source["namespace"], "name": source["name"], "field": column}
            for name in sorted(made):
                origins.setdefault(name, {"inputFields": []})["inputFields"].append(origin)
    return origins


def _head(facet: str) -> dict[str, str]:
    version, _, name = facet.partition("/")
    return {"_producer": settings.BASE_URL, "_schemaURL": f"{FACETS}/{version}/{name}.json#/$defs/{name}"}


def _post(event: dict[str, Any]) -> None:
    """Send one event.

    Raises:
        TryAgain: the receiver can't be reached, or can't take it now.
    """
    key = settings.OPENLINEAGE_KEY
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    address = f"{settings.OPENLINEAGE_URL}/api/v1/lineage"
    try:
        answer = requests.post(address, json=event, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException as reason:
        raise TryAgain(f"The receiver of lineage did not answer: {type(reason).__name__}.") from None
    if answer.status_code >= 500 or answer.status_code in PASSING:
        raise TryAgain(f"The receiver of lineage answered {answer.status_code}.")
    if answer.status_code >= 300:
        logger.warning("The receiver of lineage refused run %s: %s", event["run"]["runId"], answer.status_code)
