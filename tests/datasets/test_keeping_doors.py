"""Keeping, holding, tagging and what rests on data, as programs and people meet them."""

from datetime import timedelta

import pytest
import time_machine

from apps.core import uses
from apps.datasets.models import Dataset, DatasetVersion, Hold
from apps.datasets.services.keeping import dispose_version, place_hold, set_retention
from apps.datasets.services.tags import set_tag
from apps.jobs.running import work_off
from tests.builders.datasets import a_version
from tests.builders.inventory import a_model, a_scored_version

pytestmark = pytest.mark.usefixtures("own_files")
LATER = timedelta(days=31)
API = "/api/v1"


@pytest.fixture
def version(dmitri, now):
    return a_version(dmitri, now)


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


def gone(version, olivia, rosa, now):
    set_retention(actor=olivia, dataset=version.dataset, days=30, reason="Statute", now=now)
    version = dispose_version(actor=rosa, version=version, reason="Past its time", now=now + LATER)
    with time_machine.travel(now + LATER):
        work_off()
    return version


class TestPrograms:
    def test_say_how_long_and_read_it_back(self, version, ask, olivia):
        before = ask(olivia, "/datasets/DS-0001/retention/").json()
        assert (before["days"], before["set_by"], before["revision"]) == (None, None, 0)
        made = ask(olivia, "/datasets/DS-0001/retention/", {"days": 3650, "reason": "Article 18"})
        assert (made.status_code, made.json()["days"]) == (201, 3650)
        assert ask(olivia, "/datasets/DS-0001/retention/").json()["reason"] == "Article 18"

    def test_place_and_lift_a_hold(self, version, ask, olivia, rosa):
        made = ask(olivia, "/datasets/DS-0001/holds/", {"reason": "A complaint", "version": "DS-0001@1"})
        assert (made.status_code, made.json()["reference"], made.json()["version"]) == (201, "HLD-0001", "DS-0001@1")
        assert ask(rosa, "/holds/?status=active").json()["results"] == [made.json()]
        lifted = ask(rosa, "/holds/HLD-0001/lifting/", {"reason": "Settled"})
        assert (lifted.status_code, lifted.json()["status"]) == (201, "lifted")
        assert ask(rosa, "/holds/HLD-0001/lifting/", {"reason": "Settled"}).status_code == 409
        assert len(ask(rosa, "/datasets/DS-0001/holds/").json()["results"]) == 1

    def test_who_placed_it_is_refused_with_a_sentence(self, version, ask, rosa):
        ask(rosa, "/datasets/DS-0001/holds/", {"reason": "A complaint"})
        refused = ask(rosa, "/holds/HLD-0001/lifting/", {"reason": "Settled"})
        assert (refused.status_code, refused.json()["code"]) == (422, "rule_violated")

    def test_dispose_of_a_version_and_are_told_it_is_gone(self, version, ask, olivia, rosa, dmitri, now):
        early = ask(rosa, "/dataset-versions/DS-0001@1/disposal/", {"reason": "Old"})
        assert early.status_code == 422 and "kept for good" in early.json()["detail"]
        gone(version, olivia, rosa, now)
        shown = ask(dmitri, "/dataset-versions/DS-0001@1/").json()
        assert (shown["status"], shown["gone_because"], shown["digest"]) == (
            "disposed",
            "Past its time",
            version.digest,
        )
        for part in ("table", "source", "rows", "profile"):
            answer = ask(dmitri, f"/dataset-versions/DS-0001@1/{part}/")
            assert (answer.status_code, answer.json()["code"]) == (410, "gone"), part
            assert answer["Content-Type"] == "application/problem+json"
        again = ask(rosa, "/dataset-versions/DS-0001@1/disposal/", {"reason": "Old"})
        assert again.status_code == 409

    def test_ask_for_a_version_by_its_tag(self, version, ask, dmitri, oscar):
        made = ask(dmitri, "/datasets/DS-0001/tags/", {"name": "golden", "version": "DS-0001@1"})
        assert (made.status_code, made.json()["reference"]) == (201, "DS-0001@golden")
        assert ask(dmitri, "/dataset-versions/DS-0001@golden/").json()["reference"] == "DS-0001@1"
        assert ask(dmitri, "/dataset-versions/DS-0001%40golden/rows/").json()[0]["id"] == 1
        assert ask(dmitri, "/dataset-versions/DS-0001@1/").json()["tags"] == ["golden"]
        assert ask(dmitri, "/dataset-versions/DS-0001@silver/").status_code == 404
        assert ask(oscar, "/dataset-versions/DS-0001@golden/").status_code == 404
        assert ask(dmitri, "/datasets/DS-0001/tags/").json()["results"] == [made.json()]

    def test_move_a_tag_and_take_it_off(self, version, ask, dmitri, now):
        second = a_version(dmitri, now, b"id,x\n1,2\n", dataset=version.dataset)
        ask(dmitri, "/datasets/DS-0001/tags/", {"name": "golden", "version": version.reference})
        moved = {"name": "golden", "version": second.reference, "moved_from": version.reference}
        assert ask(dmitri, "/datasets/DS-0001/tags/", moved).status_code == 201
        assert ask(dmitri, "/datasets/DS-0001/tags/", moved).status_code == 409
        off = ask(dmitri, "/datasets/DS-0001/tags/", {"name": "golden", "version": None})
        assert (off.status_code, off.json()["version"]) == (201, None)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"name": "7", "version": "DS-0001@1"}, "name"),
            ({"name": "golden", "version": "DS-0009@1"}, "version"),
            ({"name": "golden", "version": 1}, "version"),
            ({"name": "golden"}, "version"),
            ({"name": "golden", "version": "DS-0001@1", "colour": "red"}, "colour"),
        ],
    )
    def test_a_tag_that_can_not_be_is_refused_at_its_field(self, version, ask, dmitri, body, field):
        refused = ask(dmitri, "/datasets/DS-0001/tags/", body)
        assert (refused.status_code, list(refused.json()["errors"])) == (422, [field])

    def test_what_rests_on_it_is_shown_as_far_as_one_may_see(
        self, policies_in_force, ask, olivia, dmitri, oscar, now
    ):
        draft = a_scored_version(dmitri, a_model(olivia, now), now)
        table = draft.metadata["evaluation_data"]
        shown = ask(dmitri, f"/dataset-versions/{table}/uses/").json()
        assert shown["hidden"] == 0
        assert {(use["reference"], use["part"], use["live"]) for use in shown["uses"]} >= {
            (draft.reference, "Judged on it", False)
        }
        whole = ask(dmitri, f"/datasets/{table.partition('@')[0]}/uses/").json()
        assert whole["uses"] == shown["uses"] or len(whole["uses"]) > len(shown["uses"])
        assert uses.seen([table], oscar) == ([], len(shown["uses"]))


class TestPeople:
    def test_a_dataset_s_page_says_how_long_who_holds_and_what_rests(
        self, client, policies_in_force, olivia, dmitri, now
    ):
        draft = a_scored_version(dmitri, a_model(olivia, now), now)
        table = DatasetVersion.objects.get(reference=draft.metadata["evaluation_data"])
        set_tag(actor=dmitri, dataset=table.dataset, name="golden", version=table, note="By hand", now=now)
        set_retention(actor=olivia, dataset=table.dataset, days=400, reason="Statute of 2026", now=now)
        place_hold(actor=olivia, dataset=table.dataset, reason="A complaint", now=now)
        client.force_login(olivia)
        for page in (table.dataset, table):
            shown = text(client.get(page.get_absolute_url()))
            for words in ("golden", "By hand", "Statute of 2026", "HLD-0001", draft.reference, "Judged on it"):
                assert words in shown, (page, words)

    def test_an_empty_page_says_what_would_be_there(self, client, version, dmitri):
        client.force_login(dmitri)
        shown = text(client.get("/datasets/DS-0001/"))
        assert "Nothing rests on it" in shown and "Kept for good" in shown and "Nobody has said" in shown
        assert "/retention/" not in shown  # a data scientist doesn't say how long

    def test_how_long_is_said_by_a_form(self, client, version, olivia):
        client.force_login(olivia)
        refused = client.post("/datasets/DS-0001/retention/", {"days": "0", "reason": "Because of it"})
        assert refused.status_code == 422 and "Because of it" in text(refused)
        assert client.post("/datasets/DS-0001/retention/", {"days": "10", "reason": "Law"}).status_code == 302
        stale = client.post("/datasets/DS-0001/retention/", {"days": "9", "reason": "Law", "revision": 0})
        assert stale.status_code == 422 and "Somebody changed this" in text(stale)

    def test_a_hold_is_placed_and_lifted(self, client, version, olivia, rosa):
        client.force_login(olivia)
        made = client.post("/datasets/DS-0001/hold/", {"reason": "A complaint", "version": version.pk})
        assert made.url == "/holds/HLD-0001/"
        assert "Lift it" not in text(client.get(made.url))
        assert client.get("/holds/HLD-0001/lift/").status_code == 403
        client.force_login(rosa)
        assert "Lift it" in text(client.get(made.url))
        assert client.post("/holds/HLD-0001/lift/", {"reason": "Settled", "revision": 1}).status_code == 302
        assert Hold.objects.get().status == "lifted" and "Settled" in text(client.get(made.url))

    def test_a_tag_is_put_moved_and_taken_off(self, client, version, dmitri, now):
        second = a_version(dmitri, now, b"id,x\n1,2\n", dataset=version.dataset)
        client.force_login(dmitri)
        put = {"name": "golden", "version": version.pk, "note": "By hand"}
        assert client.post("/datasets/DS-0001/tag/", put).status_code == 302
        form = client.get("/datasets/DS-0001/tag/?name=golden").context["form"]
        assert form.initial["moved_from"] == version
        moved = {"name": "golden", "version": second.pk, "moved_from": version.pk}
        assert client.post("/datasets/DS-0001/tag/", moved).status_code == 302
        late = client.post("/datasets/DS-0001/tag/", moved)
        assert late.status_code == 422 and "points to DS-0001@2 now" in text(late)
        assert client.post("/datasets/DS-0001/tag/", {"name": "golden", "version": ""}).status_code == 302
        assert client.get("/datasets/DS-0001/tag/?version=DS-0001%402").context["form"].initial["version"] == second

    def test_a_version_is_disposed_of_and_its_page_says_so(self, client, version, olivia, rosa, dmitri, now):
        set_retention(actor=olivia, dataset=version.dataset, days=30, reason="Statute", now=now)
        client.force_login(rosa)
        assert "kept until" in text(client.get("/dataset-versions/DS-0001@1/dispose/"))
        early = client.post("/dataset-versions/DS-0001@1/dispose/", {"reason": "Old", "revision": 1})
        assert early.status_code == 422
        with time_machine.travel(now + LATER):
            client.force_login(rosa)
            assert "Past its retention" in text(client.get("/dataset-versions/DS-0001@1/"))
            gone = client.post("/dataset-versions/DS-0001@1/dispose/", {"reason": "Old", "revision": 1})
            assert gone.status_code == 302
            work_off()
            page = text(client.get(gone.url))
            assert "were disposed of" in page and "What was recorded of it stays" in page and "<svg" in page
            assert "First rows" in page and "They are no longer here" in page
            answer = client.get("/dataset-versions/DS-0001@1/table/")
            assert answer.status_code == 410 and "were disposed of" in text(answer)
        assert "Disposed of" in text(client.get("/datasets/DS-0001/"))

    def test_what_is_another_units_is_not_there(self, client, version, olivia, oscar, now):
        place_hold(actor=olivia, dataset=version.dataset, reason="A complaint", now=now)
        client.force_login(oscar)
        for address in ("/holds/HLD-0001/", "/datasets/DS-0001/tag/", "/datasets/DS-0001/hold/"):
            assert client.get(address).status_code == 404
        assert client.get("/dataset-versions/DS-0001@1/dispose/").status_code == 404

    def test_a_dataset_with_hundreds_of_versions_asks_no_more_than_one_with_two(
        self, client, version, dmitri, now, django_assert_max_num_queries
    ):
        for number in range(12):
            made = a_version(dmitri, now, f"id,x\n1,{number}\n".encode(), dataset=version.dataset)
            set_tag(actor=dmitri, dataset=version.dataset, name=f"t{number}", version=made, now=now)
        client.force_login(dmitri)
        with django_assert_max_num_queries(45):
            client.get("/datasets/DS-0001/")
        assert Dataset.objects.count() == 1
