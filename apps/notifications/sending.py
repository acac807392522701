"""Sending events to webhooks, in the ledger's order, at least once, each webhook by a job and a cursor of its own."""

import json
import time
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Leaf
from apps.jobs.errors import CannotBeDone, TryAgain
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue
from apps.notifications import services
from apps.notifications.models import Cursor, Delivery, Webhook
from apps.notifications.outside import Unreachable, post
from apps.notifications.signing import secret, signature

KIND = "notifications.send"
MAX_ATTEMPTS = 12  # the last about an hour and a half after the first
BATCH = 200
GONE = 410


def send_new(now: datetime) -> list[Job]:
    """Ask for a job for every webhook that has something to be told."""
    return [
        enqueue(
            KIND,
            now=now,
            subject_kind=webhook.kind,
            subject_reference=webhook.reference,
            once=services.cursor_of(webhook),
            webhook=webhook.reference,
        )
        for webhook in Webhook.objects.filter(status=Webhook.Status.ON)
        if _has_something_to_be_told(webhook)
    ]


def _has_something_to_be_told(webhook: Webhook) -> bool:
    """Whether a wanted event waits; the cursor is moved past those that are not wanted."""
    place = _place(webhook)
    waiting = list(Leaf.objects.filter(seq__gte=place).order_by("seq").values_list("seq", "entry__verb")[:BATCH])
    if any(webhook.wants(verb) for _, verb in waiting):
        return True
    if waiting:
        _move(webhook, place, waiting[-1][0] + 1)
    return False


def work(run: Run) -> dict[str, int]:
    """Send what waits, one event after another; a failure ends the attempt, and what was sent stays sent."""
    reference, sent = run.parameters["webhook"], 0
    for leaf in _waiting(Webhook.objects.get(reference=reference)):
        webhook = Webhook.objects.get(reference=reference)  # its secret may be new, and it may be off
        place = _place(webhook)
        if webhook.status != Webhook.Status.ON or place > leaf.seq:
            break
        error = _send(webhook, leaf)
        if error:
            if sent:
                break  # this attempt got somewhere: the next job begins anew, with its own attempts
            raise TryAgain(error)
        sent += 1
        if not _move(webhook, place, leaf.seq + 1):
            break  # switched off and on meanwhile: what happened before is not sent
        run.progress(0.5, f"{sent} sent")
    return {"sent": sent}


def give_up(job: Job) -> None:
    """Switch a webhook off that could not be reached; who keeps webhooks is told by the rule about that event."""
    webhook = Webhook.objects.filter(reference=job.parameters["webhook"], status=Webhook.Status.ON).first()
    if webhook is not None and job.state == Job.State.FAILED:
        services.switch_off(actor=User.objects.system(), webhook=webhook, now=job.ended_at, note=job.error)


def _place(webhook: Webhook) -> int:
    return Cursor.objects.get(name=services.cursor_of(webhook)).seq


def _move(webhook: Webhook, start: int, end: int) -> bool:
    """Move the cursor from `start` to `end`; False where somebody has moved it from there."""
    return bool(Cursor.objects.filter(name=services.cursor_of(webhook), seq=start).update(seq=end))


def _waiting(webhook: Webhook) -> Iterator[Leaf]:
    leaves = Leaf.objects.filter(seq__gte=_place(webhook)).select_related("entry").order_by("seq")
    return (leaf for leaf in leaves[:BATCH] if webhook.wants(leaf.entry.verb))


def _send(webhook: Webhook, leaf: Leaf) -> str:
    """Try once, and keep what came of it; "" or why it failed.

    Raises:
        CannotBeDone: the receiver says that it is gone for good.
    """
    began, status, error = time.monotonic(), None, ""
    body = json.dumps(cloud_event(leaf), separators=(",", ":")).encode()
    try:
        status = post(webhook.address, body, _headers(webhook, leaf, body))
        error = "" if 200 <= status < 300 else f"The receiver answered {status}."
    except Unreachable as reason:
        error = str(reason)
    Delivery.objects.create(
        webhook=webhook,
        seq=leaf.seq,
        at=timezone.now(),
        status=status,
        error=error[:300],
        milliseconds=round((time.monotonic() - began) * 1000),
    )
    if status == GONE:
        raise CannotBeDone("The receiver says that it is gone for good (410).")
    return error


def _headers(webhook: Webhook, leaf: Leaf, body: bytes) -> dict[str, str]:
    message_id, timestamp = f"evt_{bytes(leaf.entry.digest).hex()[:32]}", int(time.time())
    return {
        "Content-Type": "application/cloudevents+json",
        "User-Agent": "Quaestor",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret(webhook), message_id, timestamp, body),
    }


def cloud_event(leaf: Leaf) -> dict[str, object]:
    """The event as CloudEvents 1.0. It names things and says no more: who wants to know more asks the API."""
    entry = leaf.entry
    return {
        "specversion": "1.0",
        "id": f"{settings.LEDGER_NAME}/{leaf.seq}",
        "source": f"{settings.BASE_URL}/api/v1/audit/events/",
        "type": entry.verb,
        "subject": entry.subject_reference,
        "time": entry.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "seq": leaf.seq,
            "actor": entry.actor,
            "subject": {"kind": entry.subject_kind, "reference": entry.subject_reference},
            "root": entry.root_reference,
            "cause": entry.cause,
            "digest": bytes(entry.digest).hex(),
        },
    }
