"""Training sets over the API and the pages."""

import pytest

from apps.features.models import TrainingSet
from apps.jobs.running import work_off
from tests.builders.features import accounts, built, in_force, loans


@pytest.fixture
def version(dmitri, rosa, now):
    return in_force(dmitri, rosa, now)


@pytest.fixture
def labels(dmitri, version, now):
    return loans(dmitri, now)


def post(client, body, **more):
    return client.post("/api/v1/training-sets/", body, content_type="application/json", **more)


class TestTheApi:
    def test_asking_is_202_and_leads_to_a_version(self, client, dmitri, labels):
        client.force_login(dmitri)
        answer = post(client, {"labels": labels.reference, "views": [{"view": "FV-0001"}], "name": "For training"})
        body = answer.json()
        assert answer.status_code == 202, body
        assert (body["training_set"], body["dataset"]) == ("TS-0001", "DS-0003") and answer["Location"]
        work_off()
        shown = client.get("/api/v1/training-sets/TS-0001/").json()
        assert (shown["status"], shown["version"], shown["protected"]) == ("built", "DS-0003@1", ["sex"])
        assert shown["record"]["views"][0]["labels"]["expired"] == 1
        assert client.get("/api/v1/dataset-versions/DS-0003@1/").json()["rows"] == 7

    def test_one_key_asks_once(self, client, dmitri, labels):
        client.force_login(dmitri)
        body = {"labels": labels.reference, "views": [{"view": "FV-0001@1"}], "name": "For training"}
        first, second = (post(client, body, headers={"Idempotency-Key": "k"}) for _ in range(2))
        assert first.json() == second.json() and TrainingSet.objects.count() == 1

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"views": [{"view": "FV-0009"}]}, "views[0].view"),
            ({"views": []}, "views"),
            ({"views": [{"view": "FV-0001", "fetures": []}]}, "views[0].fetures"),
            ({"labels": "DS-0009@1"}, "labels"),
            ({"dataset": "DS-0009"}, "dataset"),
            ({"label_time": "default"}, "label_time"),
            ({"views": [{"view": "FV-0001", "keys": {"customer_id": "nobody"}}]}, "views[0].keys"),
            ({"views": [{"view": "FV-0001", "prefix": "Old "}]}, "views[0].prefix"),
        ],
    )
    def test_what_does_not_fit_is_told_by_field(self, client, dmitri, labels, said, field):
        client.force_login(dmitri)
        body = {"labels": labels.reference, "views": [{"view": "FV-0001"}], "name": "For training"} | said
        answer = post(client, body)
        assert answer.status_code == 422 and field in answer.json()["errors"], answer.json()

    def test_a_leak_is_refused_with_a_sentence(self, client, dmitri, rosa, now):
        labels = loans(dmitri, now)
        text = (
            f"name: Outcomes\nentity: customer\nkeys: [customer_id]\nsource: {labels.dataset.reference}\n"
            "event_time: decided_at\ncreated_time: decided_at\nfeatures:\n  - name: default\n    type: string\n"
        )
        in_force(dmitri, rosa, now, labels, text)
        client.force_login(dmitri)
        answer = post(client, {"labels": labels.reference, "views": [{"view": "FV-0001"}], "name": "For training"})
        assert (answer.status_code, answer.json()["code"]) == (422, "leak")
        assert "what the labels are to teach" in answer.json()["detail"]

    def test_another_unit_has_none_of_it(self, client, dmitri, oscar, version, now):
        built(dmitri, now, version)
        client.force_login(oscar)
        assert client.get("/api/v1/training-sets/").json()["results"] == []
        assert client.get("/api/v1/training-sets/TS-0001/").status_code == 404

    def test_values_are_read_by_key_and_made_anew(self, client, dmitri, oscar, version, now):
        work_off()
        client.force_login(dmitri)
        body = {"features": ["FV-0001:sex"], "views": ["FV-0001@1"], "keys": [{"customer_id": 1}]}
        answer = client.post("/api/v1/features/online/", body, content_type="application/json")
        (found,) = answer.json()["results"]
        assert found["views"]["FV-0001@1"]["found"] and found["views"]["FV-0001@1"]["expired"]
        assert found["values"]["FV-0001:sex"] is None  # March's row, in November
        for said, field in (
            ({"keys": [{"customer_id": "1"}]}, "keys[0]"),
            ({"features": ["FV-0001:no"]}, "features"),
            ({"features": ["balance"]}, "features[0]"),
            ({"keys": []}, "keys"),
            ({"limit": 5}, "limit"),
        ):
            refused = client.post("/api/v1/features/online/", body | said, content_type="application/json")
            assert refused.status_code == 422 and field in refused.json()["errors"], refused.json()
        asked = client.post("/api/v1/feature-views/FV-0001/materialisation/", {}, content_type="application/json")
        assert asked.status_code == 202 and asked.json()["materialisation"] == "MAT-0002"
        work_off()
        listed = client.get("/api/v1/feature-views/FV-0001/materialisations/").json()["results"]
        assert [(row["reference"], row["keys"], row["written"]) for row in listed] == [
            ("MAT-0002", 3, 0),
            ("MAT-0001", 3, 3),
        ]
        client.force_login(oscar)
        assert client.post("/api/v1/features/online/", body, content_type="application/json").status_code == 403

    def test_statistics_and_uses_of_a_feature(self, client, dmitri, adam, version, now):
        built(dmitri, now, version)
        client.force_login(dmitri)
        said = client.get("/api/v1/features/FV-0001:sex/statistics/").json()
        assert said["statistics"]["top"] == [["m", 2], ["f", 1]] and said["materialisation"] == "MAT-0001"
        uses = client.get("/api/v1/features/FV-0001:sex/uses/").json()["uses"]
        assert [(use["kind"], use["reference"]) for use in uses] == [("trainingset", "TS-0001")]
        client.force_login(adam)
        assert "top" not in client.get("/api/v1/features/FV-0001:sex/statistics/").json()["statistics"]

    def test_they_are_found_by_view_and_labels(self, client, dmitri, version, now):
        built(dmitri, now, version)
        client.force_login(dmitri)

        def found(query):
            return [row["reference"] for row in client.get(f"/api/v1/training-sets/?{query}").json()["results"]]

        assert found("view=FV-0001") == found("view=FV-0001@1") == found("labels=DS-0002@1") == ["TS-0001"]
        assert found("view=FV-0002") == found("status=refused") == []


class TestThePages:
    def test_a_training_set_is_asked_for_in_two_steps(self, client, dmitri, labels):
        client.force_login(dmitri)
        assert "Account behaviour (customer, 3 features)" in client.get("/training-sets/new/").content.decode()
        nothing = client.get("/training-sets/new/?labels=DS-0099@1&views=FV-0001").content.decode()
        assert "There is no such version here." in nothing
        address = f"/training-sets/new/?labels={labels.reference}&views=FV-0001"
        page = client.get(address).content.decode()
        assert "sex (protected)" in page
        said = {
            "label_time": "decided_at",
            "target": "default",
            "dataset": "",
            "name": "",
            "features_0": ["balance", "sex"],
            "key_0_customer_id": "default",
            "prefix_0": "",
        }
        refused = client.post(address, said)
        assert refused.status_code == 422 and "they would never match" in refused.content.decode()
        made = client.post(address, {**said, "key_0_customer_id": "customer_id", "name": "For training"})
        assert made.headers["Location"] == "/training-sets/TS-0001/"
        assert "Build a training set" in client.get("/training-sets/TS-0001/").content.decode()
        work_off()
        page = client.get("/training-sets/TS-0001/").content.decode()
        assert "Protected features went in" in page and "Past its time to live" in page
        assert "TS-0001" in client.get("/training-sets/").content.decode()

    def test_a_features_page_draws_its_values_and_they_are_made_anew(self, client, dmitri, aisha, version):
        client.force_login(dmitri)
        assert "Not counted yet" in client.get("/features/FV-0001/balance/").content.decode()
        work_off()
        page = client.get("/features/FV-0001/balance/").content.decode()
        assert "3 entities" in page and "<svg" in page
        assert client.post("/feature-views/FV-0001/materialise/").headers["Location"] == "/feature-views/FV-0001/"
        work_off()
        assert client.get("/feature-views/FV-0001/").content.decode().count("DS-0001@1") >= 2
        client.force_login(aisha)
        assert client.post("/feature-views/FV-0001/materialise/").status_code == 403

    def test_a_refused_one_says_why(self, client, dmitri, version, labels, now):
        from tests.builders.features import ACCOUNTS

        accounts(dmitri, now, ACCOUNTS.replace(b"2026-02-01 06:00:00,100", b",100"), dataset=version.view.source)
        built(dmitri, now, version, labels)
        client.force_login(dmitri)
        assert "have no “loaded_at”" in client.get("/training-sets/TS-0001/").content.decode()

    def test_pages_of_data_and_features_lead_there(self, client, dmitri, version, now):
        training_set = built(dmitri, now, version)
        client.force_login(dmitri)
        for address in (
            training_set.version.get_absolute_url(),
            "/datasets/DS-0002/",
            "/feature-views/FV-0001/",
            "/features/FV-0001/balance/",
        ):
            assert "TS-0001" in client.get(address).content.decode(), address
        assert "Account behaviour" in client.get("/datasets/DS-0001/").content.decode()
