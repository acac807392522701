"""The audit log's pages."""

import pytest

from apps.audit.models import Entry, Export
from apps.audit.verification import verify_and_record
from apps.audit.views import in_words
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.audit import renamed, sealed, settle, some_events

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger(olivia, now):
    some_events(olivia, now, 3)
    sealed(now)


def page(client, person, path, **query):
    client.force_login(person)
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer.content.decode()


def test_the_log_shows_what_happened_newest_first(ledger, aisha, client):
    text = page(client, aisha, "/audit/")
    assert text.index(">MDL-0003<") < text.index(">MDL-0001<") and "Olivia Okafor" in text
    assert "The ledger has not been verified yet" in text and "Export with proofs" in text


def test_an_empty_log_says_what_would_be_there(aisha, client):
    assert "Every change in Quaestor becomes an event here" in page(client, aisha, "/audit/")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"subject": "MDL-0002"}, ["MDL-0002"]),
        ({"actor": "olivia"}, ["MDL-0001", "MDL-0002", "MDL-0003"]),
        ({"actor": "olivia@demo.example", "verb": "inventory."}, ["MDL-0001", "MDL-0002", "MDL-0003"]),
        ({"since": "2026-11-23", "until": "2026-11-23"}, ["MDL-0001", "MDL-0002", "MDL-0003"]),
        ({"until": "2026-11-22"}, []),
        ({"verb": "findings."}, []),
    ],
)
def test_it_is_narrowed_by_subject_person_verb_and_date(query, shown, ledger, aisha, client):
    text = page(client, aisha, "/audit/", **query)
    rows = text[text.index("</form>", text.index("filters")) :]
    assert [f"MDL-000{n}" for n in (1, 2, 3) if f">MDL-000{n}<" in rows] == shown


def test_a_person_nobody_knows_is_said_so(ledger, aisha, client):
    assert "Nobody here has that name" in page(client, aisha, "/audit/", actor="nobody")


def test_people_see_the_events_on_what_they_may_see(ledger, oscar, client):
    assert ">MDL-0001<" not in page(client, oscar, "/audit/")
    assert client.get("/audit/events/0/").status_code == 404


def test_an_event_shows_before_and_after(olivia, aisha, now, client):
    renamed(olivia, some_events(olivia, now, 1)[0], now, name="Another name")
    sealed(now)
    last = Entry.objects.latest("pk").leaf.seq
    text = page(client, aisha, f"/audit/events/{last}/")
    assert "<del>Model 0</del>" in text and "<ins>Another name</ins>" in text
    assert f"/audit/events/{last}/proof/" in text
    proof = client.get(f"/audit/events/{last}/proof/")
    assert proof.content.startswith(b"c2sp.org/tlog-proof@v1\n") and ".tlog-proof" in proof["Content-Disposition"]


def test_an_event_without_a_seal_has_its_proof_in_a_moment(olivia, aisha, now, client):
    some_events(olivia, now, 1)
    assert "in a few seconds" in page(client, aisha, "/audit/events/0/")
    assert client.get("/audit/events/0/proof/").status_code == 404


def test_erasing_shows_in_the_event_and_asks_for_the_ground(ledger, adam, aisha, client):
    assert "Erase what it says" in page(client, adam, "/audit/events/1/")
    page(client, adam, "/audit/events/1/erasure/")
    assert "This field is required" in client.post("/audit/events/1/erasure/", {"reason": " "}).content.decode()
    answer = client.post("/audit/events/1/erasure/", {"reason": "GDPR article 17"})
    assert answer.url == "/audit/events/1/"
    assert "erased under law" in page(client, aisha, "/audit/events/1/")
    assert client.get("/audit/events/2/erasure/").status_code == 404


def test_an_export_is_asked_for_followed_and_fetched(ledger, aisha, client):
    page(client, aisha, "/audit/exports/", subject="MDL-0002")
    answer = client.post("/audit/exports/", {"subject": "MDL-0002"})
    assert answer.status_code == 302 and "?job=" in answer.url
    assert "hx-get" in page(client, aisha, answer.url)
    assert client.get(answer.url.partition("?")[0] + "file/").status_code == 404
    settle()
    work_off()
    assert "Download" in page(client, aisha, answer.url.partition("?")[0])
    fetched = client.get(answer.url.partition("?")[0] + "file/")
    assert b"".join(fetched.streaming_content).startswith(b"PK")
    assert "subject MDL-0002" in page(client, aisha, "/audit/exports/")


def test_who_may_not_export_has_no_form_and_is_refused(ledger, olivia, client):
    assert "Take a part of it home" not in page(client, olivia, "/audit/exports/")
    assert client.post("/audit/exports/", {}).status_code == 403
    assert not Export.objects.exists()


def test_verifying_is_a_job_and_the_banner_says_how_it_went(ledger, aisha, client):
    client.force_login(aisha)
    answer = client.post("/audit/verification/")
    assert answer.status_code == 302 and "hx-get" in page(client, aisha, answer.url)
    assert Job.objects.get().kind == "audit.verify"
    work_off()
    assert "The ledger is whole." in page(client, aisha, "/audit/")


def test_the_banner_vouches_for_no_event_that_came_after_the_verification(ledger, aisha, olivia, now, client):
    verify_and_record(by=aisha.reference, now=now)
    some_events(olivia, now, 1)
    settle()
    found = page(client, aisha, "/audit/")
    assert "events are whole." in found and "come since" in found and "The ledger is whole." not in found


def test_the_banner_says_what_is_wrong(ledger, aisha, now, client, monkeypatch):
    monkeypatch.setattr("apps.audit.verification.trusted_keys", lambda: [])
    verify_and_record(by=aisha.reference, now=now)
    text = page(client, aisha, "/audit/")
    assert "The ledger is not what it was" in text and "Tell your auditor" in text


def test_the_verifier_can_be_fetched(aisha, client):
    assert "def main(" in page(client, aisha, "/audit/verifier/")


@pytest.mark.parametrize("path", ["/audit/", "/audit/events/0/", "/audit/exports/", "/audit/verifier/"])
def test_strangers_are_asked_to_sign_in(path, ledger, client):
    assert client.get(path).status_code == 302


def test_an_event_names_what_it_is_about_in_words():
    assert (in_words("modelversion"), in_words("a kind of old")) == ("model version", "a kind of old")
