import pytest

from apps.deployments.services import deploy


@pytest.fixture
def deployment(approved_version, petra, now):
    return deploy(actor=petra, version=approved_version, environment="production", now=now)


def post(client, url, **body):
    return client.post(url, body, content_type="application/json")


class TestTheApi:
    def test_releases_a_version(self, approved_version, petra, client):
        client.force_login(petra)
        answer = post(
            client,
            "/api/v1/versions/MDL-0001@1.0.0/deployments/",
            environment="production",
            strategy="all_at_once",
            use="Waive the paper proof",
        )
        said = answer.json()
        assert answer.status_code == 201, said
        assert (said["reference"], said["environment"], said["without_approval"]) == ("DPL-0001", "production", "")

    def test_refuses_without_an_approval(self, policies_in_force, olivia, petra, client, now):
        from tests.builders.versions import a_draft

        a_draft(olivia, petra, now)
        client.force_login(petra)
        answer = post(client, "/api/v1/versions/MDL-0001@1.0.0/deployments/", environment="production")
        assert answer.status_code == 422 and "never been approved" in answer.json()["detail"]

    def test_lists_what_is_live_of_a_model(self, deployment, olivia, client):
        client.force_login(olivia)
        found = client.get("/api/v1/deployments/?model=MDL-0001&status=live").json()["results"]
        assert [row["reference"] for row in found] == ["DPL-0001"]
        assert client.get("/api/v1/deployments/?at=2020-01-01T00:00:00Z").json()["results"] == []
        assert client.get("/api/v1/deployments/?model=MDL-0009").json()["results"] == []

    def test_stops_one(self, deployment, petra, client):
        client.force_login(petra)
        answer = post(client, "/api/v1/deployments/DPL-0001/stop/", reason="Wrong figures")
        assert (answer.status_code, answer.json()["status"]) == (201, "stopped")
        assert post(client, "/api/v1/deployments/DPL-0001/stop/", reason="Again").status_code == 409

    def test_names_an_unknown_field(self, approved_version, petra, client):
        client.force_login(petra)
        answer = post(client, "/api/v1/versions/MDL-0001@1.0.0/deployments/", environment="production", canary=True)
        assert answer.status_code == 422 and "canary" in answer.json()["errors"]

    def test_shows_nothing_of_another_unit(self, deployment, oscar, client):
        client.force_login(oscar)
        assert client.get("/api/v1/deployments/DPL-0001/").status_code == 404
        assert post(client, "/api/v1/versions/MDL-0001@1.0.0/deployments/", environment="test").status_code == 404


class TestThePages:
    def test_the_board_says_what_runs_under_which_approval(self, deployment, olivia, client):
        client.force_login(olivia)
        page = client.get("/deployments/").content.decode()
        assert "DPL-0001" in page and "APR-0001" in page and "Nothing runs here" in page

    def test_the_board_can_look_back(self, deployment, olivia, client):
        client.force_login(olivia)
        page = client.get("/deployments/?at=2020-01-01T00:00").content.decode()
        assert "DPL-0001" not in page and "As it was on" in page
        assert client.get("/deployments/?at=2020-99-99T00:00").status_code == 200

    def test_a_release_and_a_stop_work_by_form(self, approved_version, petra, client):
        client.force_login(petra)
        made = client.post(
            "/versions/MDL-0001@1.0.0/release/", {"environment": "production", "use": "Waive the paper proof"}
        )
        assert (made.status_code, made.url) == (302, "/deployments/DPL-0001/")
        assert "Released" in client.get("/deployments/DPL-0001/").content.decode()
        stopped = client.post("/deployments/DPL-0001/stop/", {"reason": "Wrong figures", "revision": 1})
        assert stopped.status_code == 302
        assert "Wrong figures" in client.get("/deployments/DPL-0001/").content.decode()

    def test_a_version_s_and_a_model_s_page_say_what_runs(self, deployment, olivia, client):
        client.force_login(olivia)
        for url in ("/versions/MDL-0001@1.0.0/", "/models/MDL-0001/"):
            assert "DPL-0001" in client.get(url).content.decode()

    def test_the_board_costs_a_constant_number_of_queries(
        self, deployment, olivia, client, django_assert_max_num_queries
    ):
        client.force_login(olivia)
        with django_assert_max_num_queries(20):
            client.get("/deployments/")
