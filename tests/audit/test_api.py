"""The ledger's API: events in order, proofs, checkpoints, exports; each as far as one may see."""

import io
import json
import zipfile

import pytest
from django.db import transaction

from apps.accounts.services.resets import decline_reset, request_reset
from apps.audit.keys import signing_key, trusted_keys
from apps.audit.models import Entry, Export, Leaf, Verification
from apps.audit.notes import InclusionProof, open_note
from apps.audit.services import request_export
from apps.audit.verifier.command import main
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.accounts import granted
from tests.builders.audit import sealed, settle, some_events

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/audit/events/"


@pytest.fixture
def ledger(olivia, now):
    some_events(olivia, now, 5)
    sealed(now)


def get(client, person, path, **query):
    client.force_login(person)
    return client.get(path, query)


def post(client, person, path, body=None, **headers):
    client.force_login(person)
    return client.post(path, body or {}, content_type="application/json", headers=headers)


class TestEvents:
    def test_come_in_order_with_what_they_changed(self, ledger, aisha, olivia, client):
        rows = get(client, aisha, EVENTS).json()["results"]
        assert [row["seq"] for row in rows] == [0, 1, 2, 3, 4]
        first = rows[0]
        assert first["verb"] == "inventory.model_registered" and first["actor"] == olivia.reference
        assert first["subject"] == {"kind": "model", "reference": "MDL-0001"} and first["erased"] is None
        assert first["changes"][0]["after"]["name"] == "Model 0"

    @pytest.mark.parametrize(
        ("query", "seqs"),
        [
            ({"after": 2}, [3, 4]),
            ({"subject": "MDL-0002"}, [1]),
            ({"verb": "inventory."}, [0, 1, 2, 3, 4]),
            ({"verb": "inventory.model"}, []),
            ({"actor": "USR-0"}, []),
            ({"since": "2026-11-23T10:00:00Z"}, [0, 1, 2, 3, 4]),
            ({"until": "2026-11-23T09:59:59Z"}, []),
        ],
    )
    def test_are_narrowed_by_what_is_asked(self, query, seqs, ledger, aisha, client):
        assert [row["seq"] for row in get(client, aisha, EVENTS, **query).json()["results"]] == seqs

    def test_follow_one_another_page_by_page(self, ledger, aisha, client):
        page = get(client, aisha, EVENTS, limit=2, verb="inventory.").json()
        assert len(page["results"]) == 2 and page["previous"] is None
        assert [row["seq"] for row in client.get(page["next"]).json()["results"]] == [2, 3]

    def test_a_place_that_is_no_number_is_refused_by_name(self, ledger, aisha, client):
        answer = get(client, aisha, EVENTS, after="first")
        assert answer.status_code == 422 and "after" in answer.json()["errors"]

    def test_cost_the_same_queries_however_many_there_are(self, ledger, aisha, client, django_assert_max_num_queries):
        client.force_login(aisha)
        with django_assert_max_num_queries(10):
            assert len(client.get(EVENTS).json()["results"]) == 5

    def test_about_people_are_for_them_and_who_keeps_people(self, adam, ada, dmitri, rosa, aisha, now, client):
        granted(adam, ada, dmitri, "validator", now)
        reset = request_reset(actor=adam, user=dmitri, what="password", reason="Forgot it", now=now)
        decline_reset(actor=adam, reset=reset, now=now)
        request_export(actor=aisha, now=now)
        settle()
        verbs = ["accounts.role_requested", "accounts.role_granted", "accounts.reset_requested"]
        verbs += ["accounts.reset_declined", "audit.ledger_exported"]
        seen = {
            who: [row["verb"] for row in get(client, who, EVENTS).json()["results"]]
            for who in (rosa, dmitri, adam, aisha)
        }
        assert seen == {rosa: [], dmitri: verbs[:4], adam: verbs, aisha: verbs}

    def test_of_another_unit_do_not_exist(self, ledger, oscar, client):
        assert get(client, oscar, EVENTS).json()["results"] == []
        for path in ("0/", "0/proof/"):
            assert get(client, oscar, EVENTS + path).status_code == 404

    def test_need_a_person(self, ledger, client):
        assert client.get(EVENTS).status_code == 401


class TestProofs:
    def test_of_an_event_hold_and_carry_it(self, ledger, aisha, client):
        answer = get(client, aisha, f"{EVENTS}3/proof/")
        assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain")
        proof = InclusionProof.parse(answer.content.decode())
        assert proof.verify(bytes(Entry.objects.get(leaf__seq=3).digest), trusted_keys()).size == 5
        assert json.loads(proof.extra)["seq"] == 3

    def test_of_what_is_not_sealed_are_to_be_asked_for_again(self, ledger, olivia, aisha, now, client):
        some_events(olivia, now, 1)
        answer = get(client, aisha, f"{EVENTS}5/proof/")
        assert answer.status_code == 404 and int(answer["Retry-After"]) > 0
        assert answer["Content-Type"] == "application/problem+json" and "few seconds" in answer.json()["detail"]

    def test_of_consistency_hold(self, ledger, olivia, aisha, now, client, tmp_path, capsys):
        (tmp_path / "older.txt").write_bytes(get(client, aisha, "/api/v1/audit/checkpoint/").content)
        some_events(olivia, now, 3)
        sealed(now)
        answer = get(client, aisha, "/api/v1/audit/consistency/", **{"from": 5})
        (tmp_path / "proof.txt").write_bytes(answer.content)
        key = get(client, aisha, "/api/v1/audit/key/").content.decode().strip()
        assert key == str(signing_key().verifier)
        proof, older = str(tmp_path / "proof.txt"), str(tmp_path / "older.txt")
        assert main([proof, "--key", key, "--checkpoint", older]) == 0
        assert "nothing in it was changed" in capsys.readouterr().out

    @pytest.mark.parametrize(("query", "field"), [({}, "from"), ({"from": 9}, "from"), ({"from": 1, "to": 3}, "to")])
    def test_of_sizes_that_never_were_are_refused(self, query, field, ledger, aisha, client):
        answer = get(client, aisha, "/api/v1/audit/consistency/", **query)
        assert answer.status_code == 422 and field in answer.json()["errors"]

    def test_the_checkpoint_is_the_signed_note(self, ledger, aisha, client):
        answer = get(client, aisha, "/api/v1/audit/checkpoint/")
        assert open_note(answer.content.decode(), trusted_keys()).split("\n")[1] == "5"

    def test_an_unsealed_ledger_has_none_yet(self, aisha, client):
        answer = get(client, aisha, "/api/v1/audit/checkpoint/")
        assert answer.status_code == 404 and "Retry-After" in answer


class TestExports:
    def test_are_made_by_a_job_and_true_to_the_verifier(self, ledger, aisha, client, tmp_path):
        answer = post(client, aisha, "/api/v1/audit/exports/")
        assert answer.status_code == 202 and "/jobs/" in answer["Location"]
        file = answer.json()["file"]
        waiting = client.get(file)
        assert waiting.status_code == 404 and "Retry-After" in waiting
        settle()
        work_off()
        job = client.get(answer["Location"]).json()
        assert (job["state"], job["result"]["file"], job["result"]["events"]) == ("done", file, 6)
        content = b"".join(client.get(file).streaming_content)
        (tmp_path / "export.zip").write_bytes(content)
        assert main([str(tmp_path / "export.zip"), "--key", str(signing_key().verifier)]) == 0
        shown = client.get(f"/api/v1/audit/exports/{answer.json()['reference']}/").json()
        assert shown["file"] == file and shown["selection"] == {}

    def test_take_a_selection(self, ledger, rosa, client, tmp_path):
        answer = post(client, rosa, "/api/v1/audit/exports/", {"subject": "MDL-0002", "from": 0, "to": 3})
        settle()
        work_off()
        with zipfile.ZipFile(io.BytesIO(b"".join(client.get(answer.json()["file"]).streaming_content))) as archive:
            lines = archive.read("events.jsonl").splitlines()
        assert [json.loads(line)["seq"] for line in lines] == [1]

    def test_are_an_event_themselves(self, ledger, aisha, client):
        post(client, aisha, "/api/v1/audit/exports/", {"subject": "MDL-0002"})
        entry = Entry.objects.get(verb="audit.ledger_exported")
        assert entry.actor == aisha.reference and "subject MDL-0002" in entry.payload.body

    def test_one_key_makes_one(self, ledger, aisha, client):
        for _ in range(2):
            assert post(client, aisha, "/api/v1/audit/exports/", **{"Idempotency-Key": "k"}).status_code == 202
        assert Export.objects.count() == Job.objects.count() == 1

    def test_are_not_for_everybody(self, ledger, olivia, aisha, rosa, client):
        assert post(client, olivia, "/api/v1/audit/exports/").status_code == 403
        made = post(client, aisha, "/api/v1/audit/exports/").json()
        assert get(client, rosa, made["file"]).status_code == 404

    @pytest.mark.parametrize("body", [{"subjet": "MDL-1"}, {"from": -1}, {"to": "x"}, {"since": "yesterday"}])
    def test_a_body_that_cannot_be_meant_is_refused(self, body, ledger, aisha, client):
        answer = post(client, aisha, "/api/v1/audit/exports/", body)
        assert answer.status_code == 422 and set(answer.json()["errors"]) == set(body)


class TestErasure:
    def test_leaves_the_place_and_says_why(self, ledger, adam, aisha, now, client):
        answer = post(client, adam, f"{EVENTS}2/erasure/", {"reason": "GDPR article 17"})
        assert answer.status_code == 201 and answer.json()["erased"]["reason"] == "GDPR article 17"
        assert answer.json()["changes"] is None and answer.json()["verb"] == "inventory.model_registered"
        settle()
        told = get(client, aisha, EVENTS, verb="audit.payload_erased").json()["results"][0]
        assert told["subject"]["reference"] == "EVT-2" and told["note"] == "GDPR article 17"

    def test_happens_once(self, ledger, adam, client):
        post(client, adam, f"{EVENTS}2/erasure/", {"reason": "GDPR"})
        assert post(client, adam, f"{EVENTS}2/erasure/", {"reason": "GDPR"}).status_code == 409

    def test_wants_a_reason_and_the_right_person(self, ledger, adam, aisha, client):
        assert post(client, adam, f"{EVENTS}2/erasure/", {"reason": " "}).status_code == 422
        assert post(client, aisha, f"{EVENTS}2/erasure/", {"reason": "x"}).status_code == 403
        assert Entry.objects.get(leaf__seq=2).payload

    def test_of_what_one_did_or_was_done_to_one_is_another_s_to_erase(self, adam, ada, dmitri, now, client):
        granted(adam, ada, dmitri, "ml_engineer", now)
        settle()
        own = Leaf.objects.get(entry__verb="accounts.role_requested").seq
        refused = post(client, adam, f"{EVENTS}{own}/erasure/", {"reason": "GDPR"})
        assert refused.status_code == 422 and "somebody else" in refused.json()["detail"]
        assert post(client, ada, f"{EVENTS}{own}/erasure/", {"reason": "GDPR"}).status_code in (200, 201)

    def test_does_not_erase_the_word_of_an_erasure(self, ledger, adam, client):
        post(client, adam, f"{EVENTS}2/erasure/", {"reason": "GDPR"})
        settle()
        last = Leaf.objects.order_by("-seq").first().seq
        with transaction.atomic():
            assert post(client, adam, f"{EVENTS}{last}/erasure/", {"reason": "GDPR"}).status_code == 422


class TestVerifications:
    def test_are_made_by_a_job_and_kept(self, ledger, aisha, client):
        assert post(client, aisha, "/api/v1/audit/verifications/").status_code == 202
        work_off()
        shown = client.get("/api/v1/audit/verifications/").json()["results"][0]
        assert (shown["by"], shown["held"], shown["size"]) == (aisha.reference, True, 5)

    def test_are_not_for_everybody(self, ledger, olivia, client):
        assert post(client, olivia, "/api/v1/audit/verifications/").status_code == 403
        assert not Verification.objects.exists()
