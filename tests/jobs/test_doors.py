"""Jobs over the API and on pages."""

import pytest

from apps.jobs import services
from apps.jobs.doors import accepted
from apps.jobs.running import work_off
from tests.builders.inventory import a_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(olivia, now):
    return services.enqueue("errands.add", now=now, requested_by=olivia, numbers=[1, 2])


def test_what_takes_a_while_is_answered_with_its_job(job):
    answer = accepted(job, status="submitted")
    assert (answer.status_code, answer["Retry-After"]) == (202, "1")
    assert answer["Location"] == f"/api/v1/jobs/{job.pk}/"
    assert answer.data["status"] == "submitted" and answer.data["job"]["state"] == "queued"


class TestTheApi:
    def test_tells_how_far_it_is_and_what_came_of_it(self, job, olivia, client):
        client.force_login(olivia)
        waiting = client.get(f"/api/v1/jobs/{job.pk}/").json()
        work_off()
        done = client.get(f"/api/v1/jobs/{job.pk}/").json()
        assert (waiting["state"], waiting["progress"], waiting["title"]) == ("queued", 0.0, "Adding numbers")
        assert (done["state"], done["progress"], done["result"]) == ("done", 1.0, {"total": 3})

    def test_lists_ones_own_by_state(self, job, olivia, client):
        client.force_login(olivia)
        listed = client.get("/api/v1/jobs/?state=queued").json()
        assert [row["id"] for row in listed["results"]] == [str(job.pk)]
        assert client.get("/api/v1/jobs/?state=done").json()["results"] == []

    def test_cancels(self, job, olivia, client):
        client.force_login(olivia)
        answer = client.post(f"/api/v1/jobs/{job.pk}/cancellation/")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
        again = client.post(f"/api/v1/jobs/{job.pk}/cancellation/")
        assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")

    def test_another_persons_job_does_not_exist(self, job, dmitri, client):
        client.force_login(dmitri)
        assert client.get(f"/api/v1/jobs/{job.pk}/").status_code == 404
        assert client.post(f"/api/v1/jobs/{job.pk}/cancellation/").status_code == 404


class TestWhoSeesAJobAboutAModel:
    @pytest.fixture
    def about(self, olivia, now):
        model = a_model(olivia, now)
        return services.enqueue(
            "errands.add",
            now=now,
            requested_by=olivia,
            subject_kind="model",
            subject_reference=model.reference,
            root_reference=model.reference,
            numbers=[],
        )

    def test_those_in_its_unit_do(self, about, dmitri, aisha, client):
        for person in (dmitri, aisha):
            client.force_login(person)
            assert client.get(f"/api/v1/jobs/{about.pk}/").status_code == 200

    def test_others_do_not(self, about, oscar, client):
        client.force_login(oscar)
        assert client.get(f"/api/v1/jobs/{about.pk}/").status_code == 404

    def test_seeing_it_is_not_enough_to_cancel_it(self, about, aisha, client):
        client.force_login(aisha)
        assert client.post(f"/api/v1/jobs/{about.pk}/cancellation/").status_code == 403

    def test_its_page_leads_to_the_model(self, about, olivia, client):
        client.force_login(olivia)
        page = client.get(f"/jobs/{about.pk}/").content.decode()
        assert f'href="/models/{about.root_reference}/"' in page


class TestThePages:
    def test_the_list_shows_what_goes_on_and_that_nobody_works(self, job, olivia, client):
        client.force_login(olivia)
        page = client.get("/jobs/").content.decode()
        assert "Adding numbers" in page and "No worker and no beat" in page

    def test_an_empty_list_says_what_would_be_here(self, dmitri, client):
        client.force_login(dmitri)
        assert "start an evaluation" in client.get("/jobs/").content.decode()

    def test_the_list_names_what_a_job_is_about(self, olivia, now, client):
        model = a_model(olivia, now)
        own = {"subject_kind": "batch", "subject_reference": "5f0c", "root_reference": model.reference}
        services.enqueue("errands.add", now=now, requested_by=olivia, numbers=[1], **own)
        client.force_login(olivia)
        page = client.get("/jobs/").content.decode()
        assert f'<a href="{model.get_absolute_url()}">' in page and "5f0c" not in page

    def test_the_list_costs_the_same_however_long(self, olivia, now, client, django_assert_max_num_queries):
        for n in range(30):
            services.enqueue("errands.add", now=now, requested_by=olivia, numbers=[n])
        client.force_login(olivia)
        with django_assert_max_num_queries(20):
            client.get("/jobs/")

    def test_a_running_job_is_asked_after_until_it_ends(self, job, olivia, client):
        client.force_login(olivia)
        asked = client.get(f"/jobs/{job.pk}/progress/")
        assert "hx-get" in asked.content.decode() and "HX-Refresh" not in asked
        work_off()
        ended = client.get(f"/jobs/{job.pk}/progress/")
        assert "hx-get" not in ended.content.decode() and ended["HX-Refresh"] == "true"

    def test_a_failed_job_says_why(self, olivia, now, client):
        job = services.enqueue("errands.refuse", now=now, requested_by=olivia)
        work_off()
        client.force_login(olivia)
        assert "The file has no rows." in client.get(f"/jobs/{job.pk}/").content.decode()

    def test_a_job_is_cancelled_by_a_button(self, job, olivia, client):
        client.force_login(olivia)
        assert "Cancel this job" in client.get(f"/jobs/{job.pk}/").content.decode()
        answer = client.post(f"/jobs/{job.pk}/cancellation/")
        assert (answer.status_code, answer.url) == (302, f"/jobs/{job.pk}/")
        assert "Cancel this job" not in client.get(f"/jobs/{job.pk}/").content.decode()
