"""Other systems get events in order, signed, at least once; never by a way into the house."""

import base64
import hashlib
import hmac
import json

import pytest

from apps.audit.models import Entry, Leaf
from apps.core.errors import BadInput
from apps.jobs.models import Job
from apps.jobs.running import carry_out, work_off
from apps.notifications import outside as ways
from apps.notifications import sending
from apps.notifications.models import Delivery, Notification, Webhook
from apps.notifications.reading import read_ledger
from apps.notifications.sending import send_new
from apps.notifications.services import add_webhook, change_secret, switch_off, switch_on
from apps.notifications.signing import secret, shown_secret, signature
from tests.builders.inventory import a_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def webhook(outside, adam, now):
    return add_webhook(actor=adam, address=outside.address, verbs=["inventory."], now=now)


def send(now):
    asked = send_new(now)
    work_off()
    return asked


def test_a_wanted_event_is_sent_as_a_signed_cloud_event(webhook, outside, olivia, now):
    model = a_model(olivia, now)
    send(now)
    [(headers, body)] = outside.received
    event = json.loads(body)
    assert (event["specversion"], event["type"], event["subject"]) == (
        "1.0",
        "inventory.model_registered",
        model.reference,
    )
    assert event["data"]["seq"] == Leaf.objects.order_by("-seq").first().seq
    key = base64.b64decode(shown_secret(webhook).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == expected


def test_what_the_ledger_says_of_it_is_for_who_keeps_webhooks_and_for_auditors(webhook, adam, aisha, rosa, client):
    """An address may hold a key to the other system."""
    told = Entry.objects.filter(subject_reference=webhook.reference)
    assert [told.visible_to(person).count() for person in (adam, aisha, rosa)] == [1, 1, 0]
    client.force_login(rosa)
    events = client.get("/api/v1/audit/events/").json()["results"]
    assert webhook.address not in str(events) and "webhook" not in {event["subject"]["kind"] for event in events}


def test_events_come_in_order_and_each_once(webhook, outside, olivia, now):
    for n in range(3):
        a_model(olivia, now, name=f"Model {n}")
    send(now)
    assert send(now) == []
    places = [json.loads(body)["data"]["seq"] for _, body in outside.received]
    assert len(places) == 3 and places == sorted(places)


def test_what_is_not_wanted_is_not_sent_and_asks_for_no_job(outside, adam, olivia, now):
    add_webhook(actor=adam, address=outside.address, verbs=["findings.finding_opened"], now=now)
    a_model(olivia, now)
    assert send(now) == [] and outside.received == []


def test_a_receiver_in_trouble_is_tried_again_and_misses_nothing(webhook, outside, olivia, now, time_machine):
    time_machine.move_to(now, tick=False)
    a_model(olivia, now)
    outside.status = 503
    send(now)
    job = Job.objects.get()
    assert job.state == "retrying" and "503" in Delivery.objects.get().error
    outside.status = 204
    time_machine.move_to(job.run_after, tick=False)
    work_off()
    assert [delivery.succeeded for delivery in Delivery.objects.order_by("id")] == [False, True]


def test_one_that_stays_away_is_switched_off_and_its_keepers_are_told(
    webhook, outside, olivia, adam, now, time_machine
):
    time_machine.move_to(now, tick=False)
    a_model(olivia, now)
    outside.status = 500
    send(now)
    while (job := Job.objects.get()).live:
        time_machine.move_to(job.run_after, tick=False)
        carry_out(job.pk)
    webhook.refresh_from_db()
    assert (webhook.status, job.attempt) == ("off", 12)
    read_ledger(now)
    assert "No events are sent to" in Notification.objects.get(recipient=adam).sentence


def test_one_that_says_it_is_gone_is_switched_off_at_once(webhook, outside, olivia, now):
    a_model(olivia, now)
    outside.status = 410
    send(now)
    webhook.refresh_from_db()
    assert webhook.status == "off" and len(outside.received) == 1


def test_what_happened_while_it_was_off_is_not_sent_later(webhook, outside, olivia, adam, now):
    webhook = switch_off(actor=adam, webhook=webhook, now=now)
    a_model(olivia, now, name="Unseen")
    assert send(now) == []
    switch_on(actor=adam, webhook=webhook, now=now)
    seen = a_model(olivia, now, name="Seen")
    send(now)
    assert [json.loads(body)["subject"] for _, body in outside.received] == [seen.reference]


def test_a_new_secret_makes_the_old_one_worthless(webhook, adam, now):
    old = shown_secret(webhook)
    assert shown_secret(change_secret(actor=adam, webhook=webhook, now=now)) != old


def test_neither_the_table_nor_the_ledger_holds_the_secret(webhook):
    secret = shown_secret(webhook).removeprefix("whsec_")
    assert secret not in str(Webhook.objects.values()) and secret not in Entry.objects.get().payload.body


class TestTheWayOut:
    @pytest.mark.parametrize(
        "address",
        [
            "http://example.com/hooks",
            "ftp://example.com/",
            "https:///nowhere",
            "https://name:password@example.com/",
            "https://example.com:port/",
            "not an address",
        ],
    )
    def test_an_address_that_cannot_be_used_is_refused(self, address, adam, now):
        with pytest.raises(BadInput):
            add_webhook(actor=adam, address=address, now=now)
        assert not Webhook.objects.exists()

    @pytest.mark.parametrize(
        "host",
        [
            *("127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"),
            *("::1", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "100.64.0.1"),
        ],
    )
    def test_no_way_leads_into_a_private_network(self, host):
        with pytest.raises(ways.Unreachable, match="private network"):
            ways.resolve(host, 443)

    def test_a_redirect_is_not_followed(self, webhook, outside, olivia, now):
        a_model(olivia, now)
        outside.status = 302
        send(now)
        assert len(outside.received) == 1 and Delivery.objects.get().status == 302


class TestTheDoors:
    def test_the_api_tells_the_secret_when_it_is_made_and_never_again(self, outside, adam, client):
        client.force_login(adam)
        made = client.post("/api/v1/webhooks/", {"address": outside.address}, content_type="application/json")
        assert made.status_code == 201 and made.json()["secret"].startswith("whsec_")
        assert "secret" not in client.get(f"/api/v1/webhooks/{made.json()['reference']}/").json()

    def test_who_does_not_keep_webhooks_sees_none(self, webhook, olivia, client):
        client.force_login(olivia)
        assert client.get(f"/api/v1/webhooks/{webhook.reference}/").status_code == 404
        assert client.get("/notifications/webhooks/").status_code == 403

    def test_an_auditor_sees_them_and_changes_none(self, webhook, aisha, client):
        client.force_login(aisha)
        assert client.get(f"/notifications/webhooks/{webhook.reference}/").status_code == 200
        assert client.post(f"/api/v1/webhooks/{webhook.reference}/off/").status_code == 403

    def test_a_webhook_is_added_and_switched_off_on_pages(self, outside, adam, client):
        client.force_login(adam)
        page = client.post("/notifications/webhooks/", {"address": outside.address, "verbs": "inventory."})
        assert "whsec_" in page.content.decode()
        webhook = Webhook.objects.get()
        off = client.post(f"/notifications/webhooks/{webhook.reference}/off/", {"revision": webhook.revision})
        assert off.status_code == 302
        stale = client.post(f"/notifications/webhooks/{webhook.reference}/on/", {"revision": webhook.revision})
        assert stale.status_code == 422 and "changed this" in stale.content.decode()

    def test_a_bad_address_keeps_what_was_typed(self, adam, client):
        client.force_login(adam)
        page = client.post("/notifications/webhooks/", {"address": "http://10.0.0.1/"}).content.decode()
        assert "http://10.0.0.1/" in page and "https://" in page


class TestWhatChangesWhileItSends:
    """A job goes on for as long as there is something to send; the webhook may change meanwhile."""

    @pytest.fixture
    def two(self, webhook, olivia, now):
        return [a_model(olivia, now, name=name) for name in "ab"]

    def meanwhile(self, monkeypatch, outside, do):
        """`do()` once, right after the first event was sent."""
        post, done = sending.post, []

        def and_then(*said):
            status = post(*said)
            if not done:
                done.append(do())
            return status

        monkeypatch.setattr(sending, "post", and_then)

    def test_switched_off_it_sends_no_more(self, two, webhook, outside, adam, now, monkeypatch):
        self.meanwhile(monkeypatch, outside, lambda: switch_off(actor=adam, webhook=webhook, now=now))
        send(now)
        assert len(outside.received) == 1

    def test_switched_off_and_on_it_does_not_send_what_happened_before(
        self, two, webhook, outside, adam, olivia, now, monkeypatch
    ):
        def off_and_on():
            switch_on(actor=adam, webhook=switch_off(actor=adam, webhook=webhook, now=now), now=now)

        self.meanwhile(monkeypatch, outside, off_and_on)
        send(now)
        later = a_model(olivia, now, name="c")
        send(now)
        assert [json.loads(body)["subject"] for _, body in outside.received] == [two[0].reference, later.reference]

    def test_a_new_secret_signs_from_the_next_event_on(self, two, webhook, outside, adam, now, monkeypatch):
        self.meanwhile(monkeypatch, outside, lambda: change_secret(actor=adam, webhook=webhook, now=now))
        send(now)
        headers, body = outside.received[-1]
        webhook.refresh_from_db()
        said = headers["webhook-id"], int(headers["webhook-timestamp"]), body
        assert len(outside.received) == 2 and headers["webhook-signature"] == signature(secret(webhook), *said)
