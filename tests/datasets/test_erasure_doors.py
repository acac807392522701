"""Erasing a person's rows, as programs and people meet it."""

import pytest

from apps.datasets.models import DatasetVersion, Erasure
from apps.datasets.services.keeping import place_hold
from apps.jobs.running import work_off
from tests.builders.datasets import a_version
from tests.builders.erasures import erase

pytestmark = pytest.mark.usefixtures("own_files")
API = "/api/v1"
ASKED = {"column": "id", "keys": ["2"], "reason": "Asked for by letter"}


@pytest.fixture
def version(dmitri, now):
    return a_version(dmitri, now, id_column="id")


@pytest.fixture
def ask(client):
    def asked(who, path, body=None, **headers):
        client.force_login(who)
        if body is None:
            return client.get(API + path)
        return client.post(API + path, body, "application/json", headers=headers)

    return asked


def text(answer):
    return answer.content.decode()


class TestPrograms:
    def test_ask_confirm_and_read_the_record(self, version, ask, olivia, rosa):
        begun = ask(olivia, "/datasets/DS-0001/erasures/", ASKED)
        assert (begun.status_code, begun.json()["erasure"]["status"]) == (202, "searching")
        assert begun["Location"] == f"/api/v1/jobs/{begun.json()['job']['id']}/"
        work_off()
        found = ask(rosa, "/erasures/ERS-0001/").json()
        assert (found["status"], found["found"], found["record"]) == (
            "found",
            [{"version": "DS-0001@1", "rows": 1}],
            {},
        )
        assert ask(rosa, "/erasures/ERS-0001/confirmation/", {}).status_code == 202
        work_off()
        done = ask(olivia, "/erasures/ERS-0001/").json()
        assert done["status"] == "done" and done["record"]["versions"][0]["successor"] == "DS-0001@2"
        assert "digests" not in done and "salt" not in text(ask(olivia, "/erasures/ERS-0001/"))
        gone = ask(olivia, "/dataset-versions/DS-0001@1/table/")
        assert gone.status_code == 410 and "DS-0001@2 has those that stayed" in gone.json()["detail"]
        assert ask(olivia, "/dataset-versions/DS-0001@1/").json()["successor"] == "DS-0001@2"
        assert ask(olivia, "/datasets/DS-0001/erasures/").json()["results"] == [done]
        assert ask(olivia, "/erasures/?status=done&dataset=DS-0001").json()["results"] == [done]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({**ASKED, "column": "nope"}, "column"),
            ({**ASKED, "keys": []}, "keys"),
            ({**ASKED, "keys": [2]}, "keys"),
            ({**ASKED, "keys": "2"}, "keys"),
            ({**ASKED, "keys": ["4711"], "reason": "For 4711"}, "reason"),
            ({**ASKED, "name": "Margarethe"}, "name"),
            ({"column": "id", "keys": ["2"]}, "reason"),
        ],
    )
    def test_what_can_not_be_searched_is_refused_at_its_field(self, version, ask, olivia, body, field):
        refused = ask(olivia, "/datasets/DS-0001/erasures/", body)
        assert refused.status_code == 422 and field in "".join(refused.json()["errors"])
        assert not Erasure.objects.exists()

    def test_decline_it(self, version, ask, olivia, rosa):
        ask(olivia, "/datasets/DS-0001/erasures/", ASKED)
        assert ask(rosa, "/erasures/ERS-0001/refusal/", {"reason": "Too early"}).status_code == 409
        work_off()
        declined = ask(rosa, "/erasures/ERS-0001/refusal/", {"reason": "Not hers"})
        assert (declined.status_code, declined.json()["declined_because"]) == (201, "Not hers")
        assert ask(rosa, "/erasures/ERS-0001/confirmation/", {}).status_code == 409

    def test_a_repeated_request_has_one_effect(self, version, ask, olivia):
        for _ in range(2):
            answer = ask(olivia, "/datasets/DS-0001/erasures/", ASKED, **{"Idempotency-Key": "once"})
            assert answer.json()["erasure"]["reference"] == "ERS-0001"
        assert Erasure.objects.count() == 1

    def test_who_may_not_is_told_which_roles_may(self, version, ask, dmitri, adam, aisha, olivia, oscar):
        for who in (dmitri, adam, aisha):
            assert ask(who, "/datasets/DS-0001/erasures/", ASKED).status_code == 403
        assert ask(oscar, "/datasets/DS-0001/erasures/", ASKED).status_code == 404
        ask(olivia, "/datasets/DS-0001/erasures/", ASKED)
        work_off()
        assert ask(olivia, "/erasures/ERS-0001/confirmation/", {}).status_code == 403
        assert ask(oscar, "/erasures/ERS-0001/").status_code == 404
        assert ask(aisha, "/erasures/ERS-0001/").status_code == 200


class TestPeople:
    def test_ask_read_what_was_found_and_have_it_confirmed(self, version, client, olivia, rosa, now):
        client.force_login(olivia)
        form = client.get("/datasets/DS-0001/erase/")
        assert form.context["form"].initial["column"] == "id"
        made = client.post("/datasets/DS-0001/erase/", {"column": "id", "keys": "2\r\n 3\r\n", "reason": "Letter"})
        assert made.url == "/erasures/ERS-0001/"
        assert "The versions are being searched" in text(client.get(made.url))
        work_off()
        page = text(client.get(made.url))
        assert "What was found" in page and "Erase the rows" not in page and "Decline" in page
        assert client.get("/erasures/ERS-0001/confirm/").status_code == 403
        client.force_login(rosa)
        assert "DS-0001@1" in text(client.get("/erasures/ERS-0001/confirm/"))
        done = client.post("/erasures/ERS-0001/confirm/", {"revision": Erasure.objects.get().revision})
        assert done.status_code == 302 and "Being erased" in text(client.get(done.url))
        work_off()
        page = text(client.get(done.url))
        for words in ("What was erased", "DS-0001@2", "Nothing rested on them", "Letter"):
            assert words in page, words
        gone = text(client.get("/dataset-versions/DS-0001@1/"))
        assert "were erased" in gone and "See DS-0001@2" in gone and "ERS-0001" in gone
        assert "ERS-0001" in text(client.get("/datasets/DS-0001/")) and "ERS-0001" in text(client.get("/erasures/"))

    def test_a_refused_form_keeps_what_was_typed(self, version, client, olivia):
        client.force_login(olivia)
        typed = {"column": "nope", "keys": "2", "reason": "Written with care"}
        refused = client.post("/datasets/DS-0001/erase/", typed)
        assert refused.status_code == 422 and "Written with care" in text(refused) and "“nope”" in text(refused)

    def test_a_hold_is_said_before_it_is_tried(self, version, client, olivia, rosa, now):
        client.force_login(olivia)
        client.post("/datasets/DS-0001/erase/", {"column": "id", "keys": "2", "reason": "Letter"})
        work_off()
        place_hold(actor=olivia, dataset=version.dataset, reason="Court", now=now)
        client.force_login(rosa)
        assert "HLD-0001 holds it" in text(client.get("/erasures/ERS-0001/"))
        refused = client.post("/erasures/ERS-0001/confirm/", {"revision": Erasure.objects.get().revision})
        assert refused.status_code == 422 and "HLD-0001" in text(refused)

    def test_it_is_declined_by_a_form(self, version, client, olivia, rosa):
        client.force_login(olivia)
        client.post("/datasets/DS-0001/erase/", {"column": "id", "keys": "2", "reason": "Letter"})
        work_off()
        client.force_login(rosa)
        assert client.get("/erasures/ERS-0001/decline/").status_code == 200
        said = {"reason": "Not hers", "revision": Erasure.objects.get().revision}
        assert client.post("/erasures/ERS-0001/decline/", said).status_code == 302
        assert "Not hers" in text(client.get("/erasures/ERS-0001/"))
        assert client.get("/erasures/ERS-0001/confirm/").status_code == 409

    def test_a_version_that_brings_rows_back_says_so(self, version, client, olivia, rosa, dmitri, now):
        erase(olivia, rosa, version.dataset, now, "2")
        back = a_version(dmitri, now, b"id,x\n2,1\n3,4\n", dataset=version.dataset)
        work_off()
        client.force_login(dmitri)
        page = text(client.get(back.get_absolute_url()))
        assert "Erased rows are back in it" in page and "1 row of" in page

    def test_empty_lists_say_what_would_be_there(self, client, dmitri):
        client.force_login(dmitri)
        assert "No erasures" in text(client.get("/erasures/"))
        assert "No erasure matches" in text(client.get("/erasures/?status=done"))

    def test_waiting_erasures_stand_in_the_overview(self, version, client, olivia, rosa):
        client.force_login(olivia)
        client.post("/datasets/DS-0001/erase/", {"column": "id", "keys": "2", "reason": "Letter"})
        work_off()
        client.force_login(rosa)
        assert "Erase rows" in text(client.get("/"))
        client.force_login(olivia)
        assert "Erase rows" not in text(client.get("/"))
        assert DatasetVersion.objects.count() == 1
