"""Celery's broker where there is no other: a Kombu transport on the product's own database.

A message is taken by hiding it for the length of a lease, by a compare-and-set that SQLite and PostgreSQL both do
without holding a lock; a thread renews the lease while the work lasts. When its worker is killed nobody renews, the
message shows itself again, and another worker takes it. Delivery is at least once; the jobs' fence makes it once.
"""

import os
import socket
import threading
import uuid
from datetime import timedelta
from queue import Empty

import django
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone
from kombu.transport import virtual
from kombu.utils.json import dumps, loads

OWNER = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
LEASE_SECONDS = 60
TRIES = 8


def messages():
    """The table, looked up late: Kombu may load this module before Django's apps are ready."""
    from apps.jobs.models import Message

    return Message.objects


class QoS(virtual.QoS):
    """What this consumer holds. A held message stays in the table, hidden, until it is acknowledged."""

    def append(self, message, delivery_tag):
        super().append(message, delivery_tag)
        self.channel.connection.keep(delivery_tag)

    def ack(self, delivery_tag):
        messages().filter(tag=delivery_tag, owner=OWNER).delete()
        self.channel.connection.let_go(delivery_tag)
        super().ack(delivery_tag)

    def reject(self, delivery_tag, requeue=False):
        mine = messages().filter(tag=delivery_tag, owner=OWNER)
        if requeue:
            mine.update(visible_at=timezone.now(), owner="")
        else:
            mine.delete()
        self.channel.connection.let_go(delivery_tag)
        super().ack(delivery_tag)

    def restore_unacked(self):
        """Show what was taken and not finished to the others again."""
        self._flush()
        tags = list(self._delivered)
        messages().filter(tag__in=tags, owner=OWNER).update(visible_at=timezone.now(), owner="")
        for tag in tags:
            self.channel.connection.let_go(tag)
        self._delivered.clear()
        return []


class Channel(virtual.Channel):
    """Puts and gets rows of the message table. No fan-out: remote control and worker events are switched off."""

    QoS = QoS
    supports_fanout = False

    def __init__(self, connection, **kwargs):
        super().__init__(connection, **kwargs)
        self._unacknowledged_queues: set[str] = set()

    def basic_consume(self, queue, no_ack, callback, consumer_tag, **kwargs):
        if no_ack:
            self._unacknowledged_queues.add(queue)
        return super().basic_consume(queue, no_ack, callback, consumer_tag, **kwargs)

    def basic_get(self, queue, no_ack=False, **kwargs):
        message = super().basic_get(queue, no_ack=no_ack, **kwargs)
        if message is not None and no_ack:
            messages().filter(tag=message.delivery_tag).delete()
        return message

    def _put(self, queue, message, **kwargs):
        messages().create(queue=queue, payload=dumps(message), tag=message["properties"]["delivery_tag"])

    def _get(self, queue, timeout=None):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        for _ in range(TRIES):
            now = timezone.now()
            row = messages().filter(queue=queue, visible_at__lte=now).order_by("id").first()
            if row is None:
                break
            if self._claim(row, now):
                return self._delivery(queue, row)
        raise Empty

    def _claim(self, row, now) -> bool:
        unclaimed = messages().filter(pk=row.pk, visible_at=row.visible_at, deliveries=row.deliveries)
        lease = timedelta(seconds=self.connection.lease_seconds)
        return bool(unclaimed.update(visible_at=now + lease, owner=OWNER, deliveries=row.deliveries + 1))

    def _delivery(self, queue, row):
        message = loads(row.payload)
        if row.deliveries:
            message["properties"].setdefault("delivery_info", {})["redelivered"] = True
        if queue in self._unacknowledged_queues:
            messages().filter(pk=row.pk).delete()
        return message

    def _size(self, queue):
        return messages().filter(queue=queue, visible_at__lte=timezone.now()).count()

    def _purge(self, queue):
        return messages().filter(queue=queue).delete()[0]


class Transport(virtual.Transport):
    """The transport behind the broker URL `database://`."""

    Channel = Channel
    default_port = 0
    driver_type = "sql"
    driver_name = "django"
    polling_interval = 0.25
    can_parse_url = True
    connection_errors = (*virtual.Transport.connection_errors, OperationalError, InterfaceError, DatabaseError)

    def __init__(self, client, **kwargs):
        super().__init__(client, **kwargs)
        self.lease_seconds = client.transport_options.get("lease_seconds", LEASE_SECONDS)
        self._held: set[str] = set()
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._renewer: threading.Thread | None = None

    def driver_version(self):
        return django.get_version()

    def keep(self, tag: str) -> None:
        """Renew this message's lease until it is let go."""
        with self._guard:
            self._held.add(tag)
            if self._renewer is None:
                self._renewer = threading.Thread(target=self._renew, daemon=True, name="message-leases")
                self._renewer.start()

    def let_go(self, tag: str) -> None:
        with self._guard:
            self._held.discard(tag)

    def close_connection(self, connection):
        super().close_connection(connection)
        self._closed.set()

    def _renew(self):
        try:
            while not self._closed.wait(self.lease_seconds / 4):
                with self._guard:
                    tags = list(self._held)
                if tags:
                    self._renew_once(tags)
        finally:
            connection.close()

    def _renew_once(self, tags):
        until = timezone.now() + timedelta(seconds=self.lease_seconds)
        try:
            messages().filter(tag__in=tags, owner=OWNER).update(visible_at=until)
        except DatabaseError:  # tried again in a quarter of the lease; should it be lost, the fence still holds
            connection.close()
