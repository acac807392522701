"""Feature views and the catalogue over the API and the pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.features.models import FeatureView
from tests.builders.datasets import a_dataset
from tests.builders.features import accounts, in_force, proposed, view_yaml

YAML = "text/yaml"


def post(client, address, body="{}", kind="application/json", **more):
    return client.post(f"/api/v1/feature-views/{address}", body, content_type=kind, **more)


class TestTheApi:
    def test_yaml_makes_a_view_with_a_draft(self, client, dmitri, now):
        source = accounts(dmitri, now)
        client.force_login(dmitri)
        answer = post(client, "?note=First", view_yaml(source.dataset.reference), YAML)
        body = answer.json()
        assert answer.status_code == 201, body
        assert (body["reference"], body["entity"], body["in_force"], body["draft"]) == (
            *("FV-0001", "customer", None, "FV-0001@1"),
        )

    def test_errors_are_told_by_line_and_field(self, client, dmitri, now):
        source = accounts(dmitri, now)
        client.force_login(dmitri)
        answer = post(
            client, "", view_yaml(source.dataset.reference).replace("nullif(credit_limit", "nullif(x"), YAML
        )
        body = answer.json()
        assert (answer.status_code, body["code"]) == (422, "view_unreadable")
        assert body["lines"][0]["line"] == 14 and body["lines"][0]["field"] == "features[1].expression"
        assert not FeatureView.objects.exists()

    def test_its_way_into_force_and_into_the_catalogue(self, client, dmitri, rosa, now):
        source = accounts(dmitri, now)
        client.force_login(dmitri)
        reference = post(client, "", view_yaml(source.dataset.reference), YAML).json()["reference"]
        assert post(client, f"{reference}/publication/").status_code == 422
        client.force_login(rosa)
        answer = post(client, f"{reference}%401/publication/", '{"note": "Agreed"}')
        assert (answer.status_code, answer.json()["status"]) == (201, "published")
        assert post(client, f"{reference}/publication/").status_code == 409
        listed = client.get("/api/v1/features/?entity=customer&protected=true").json()["results"]
        assert [row["reference"] for row in listed] == ["FV-0001:sex"]
        shown = client.get("/api/v1/features/FV-0001:utilisation/").json()
        assert (shown["version"], shown["source"], shown["expression"]) == (
            *("FV-0001@1", "DS-0001", "balance / nullif(credit_limit, 0)"),
        )
        assert client.get("/api/v1/features/FV-0001:nothing/").status_code == 404

    def test_a_draft_is_edited_with_the_revision_one_saw(self, client, dmitri, now):
        view = proposed(dmitri, now)
        client.force_login(dmitri)
        address, body = "/api/v1/feature-views/FV-0001@1/", view_yaml(view.source.reference, ttl="9d")
        seen = client.get(address)["ETag"]
        assert client.patch(address, body, content_type=YAML).status_code == 428
        answer = client.patch(address, body, content_type=YAML, headers={"If-Match": seen})
        assert answer.status_code == 200 and answer.json()["document"]["ttl"] == "9d"
        assert client.patch(address, body, content_type=YAML, headers={"If-Match": seen}).status_code == 412

    def test_versions_withdrawal_and_archival(self, client, dmitri, rosa, now):
        version = in_force(dmitri, rosa, now)
        client.force_login(dmitri)
        drafted = post(client, "FV-0001/versions/?note=Longer", view_yaml("DS-0001", ttl="90d"), YAML)
        assert (drafted.status_code, drafted.json()["reference"], drafted.json()["note"]) == (
            201,
            "FV-0001@2",
            "Longer",
        )
        assert post(client, "FV-0001/withdrawal/").json()["status"] == "withdrawn"
        numbers = [row["number"] for row in client.get("/api/v1/feature-views/FV-0001/versions/").json()["results"]]
        assert numbers == [2, 1]
        assert post(client, "FV-0001/archival/", '{"note": "Done"}').json()["status"] == "archived"
        assert client.get(f"/api/v1/feature-views/{version.reference}/").json()["status"] == "ended"

    def test_another_unit_has_none_of_it(self, client, dmitri, rosa, oscar, now):
        in_force(dmitri, rosa, now)
        client.force_login(oscar)
        assert client.get("/api/v1/features/").json()["results"] == []
        assert client.get("/api/v1/feature-views/").json()["results"] == []
        for address in ("feature-views/FV-0001/", "feature-views/FV-0001@1/", "features/FV-0001:balance/"):
            assert client.get(f"/api/v1/{address}").status_code == 404
        for action in ("publication", "withdrawal", "archival"):
            assert post(client, f"FV-0001/{action}/").status_code == 404

    @pytest.mark.parametrize(
        "address", ["/api/v1/features/", "/api/v1/feature-views/", "/features/", "/feature-views/"]
    )
    def test_a_list_costs_the_same_however_long(self, client, dmitri, rosa, now, address):
        def queries():
            with CaptureQueriesContext(connection) as counted:
                assert client.get(address).status_code == 200
            return len(counted)

        source = accounts(dmitri, now)
        client.force_login(dmitri)
        in_force(dmitri, rosa, now, source)
        few = queries()
        for number in range(3):
            in_force(dmitri, rosa, now, source, name=f"View {number}")
        assert queries() == few


class TestThePages:
    def test_a_view_is_proposed_checked_and_put_into_force(self, client, dmitri, rosa, now):
        source = accounts(dmitri, now)
        client.force_login(dmitri)
        begun = client.get("/feature-views/new/").content.decode()
        assert "source: DS-0001" in begun
        bad = client.post("/feature-views/new/", {"text": "name: x", "check": "1"})
        assert bad.status_code == 422 and "keeps the future out" in bad.content.decode()
        text = view_yaml(source.dataset.reference)
        checked = client.post("/feature-views/new/", {"text": text, "check": "1"})
        assert "stands over DS-0001" in checked.content.decode() and not FeatureView.objects.exists()
        made = client.post("/feature-views/new/", {"text": text, "note": ""})
        assert made.headers["Location"] == "/feature-views/FV-0001/"
        assert "you wrote it" in client.get("/feature-views/FV-0001/versions/1/publish/").content.decode().lower()
        client.force_login(rosa)
        done = client.post("/feature-views/FV-0001/versions/1/publish/", {"note": "", "revision": "1"})
        assert done.status_code == 302
        page = client.get("/features/").content.decode()
        assert "utilisation" in page and "Protected" in page
        feature = client.get("/features/FV-0001/utilisation/").content.decode()
        assert "balance / nullif(credit_limit, 0)" in feature

    def test_versions_are_compared(self, client, dmitri, rosa, now):
        version = in_force(dmitri, rosa, now)
        client.force_login(dmitri)
        client.post("/feature-views/FV-0001/draft/", {"text": view_yaml("DS-0001", ttl="90d"), "note": "Longer"})
        page = client.get("/feature-views/FV-0001/diff/?from=1&to=2").content.decode()
        assert "1 line added, 1 removed" in page and "90d" in page
        assert client.get("/feature-views/FV-0001/diff/?from=7").status_code == 404
        assert version.reference in client.get("/feature-views/FV-0001/").content.decode()

    def test_a_draft_is_withdrawn_and_a_view_archived(self, client, dmitri, now):
        proposed(dmitri, now)
        client.force_login(dmitri)
        assert (
            client.post("/feature-views/FV-0001/versions/1/withdraw/", {"note": "No", "revision": 1}).status_code
            == 302
        )
        refused = client.post("/feature-views/FV-0001/archive/", {"note": "", "revision": 1})
        assert refused.status_code == 422
        assert client.post("/feature-views/FV-0001/archive/", {"note": "Gone", "revision": 1}).status_code == 302
        assert "Archived" in client.get("/feature-views/FV-0001/").content.decode()

    def test_an_empty_catalogue_says_what_would_be_here(self, client, dmitri, now):
        a_dataset(dmitri, now)
        client.force_login(dmitri)
        assert "Propose the first" in client.get("/features/").content.decode()
