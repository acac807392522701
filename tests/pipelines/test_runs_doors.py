"""Runs over the API and on pages."""

import pytest

from apps.jobs.running import work_off
from apps.pipelines.models import PipelineRun
from tests.builders.pipelines import commands, in_force, run_of

pytestmark = pytest.mark.django_db

STEPS = commands(
    "parameters: {depth: 3, quick: false, name: x}",
    first={"script": "print('one')\nprint('two')\nopen('a.txt','w').write('hi')", "outputs": {"made": "a.txt"}},
    second={"script": "raise ValueError('no luck')", "inputs": {"taken": "first.made"}},
)


@pytest.fixture
def pipeline(model, dmitri, victor, now):
    return in_force(dmitri, victor, now, STEPS)


def post(client, address, body="{}"):
    return client.post(f"/api/v1/{address}", body, content_type="application/json")


class TestTheApi:
    def test_a_run_is_asked_for_followed_and_gone_on_from(self, client, pipeline, dmitri):
        client.force_login(dmitri)
        answer = post(client, "pipelines/PL-0001/runs/", '{"parameters": {"depth": 4}, "note": "Try it"}')
        assert (answer.status_code, answer["Location"]) == (202, "/api/v1/pipeline-runs/PLR-0001/")
        assert answer.json()["status"] == "running" and answer.json()["parameters"]["depth"] == 4
        work_off()
        run = client.get("/api/v1/pipeline-runs/PLR-0001/").json()
        assert [(step["name"], step["state"]) for step in run["steps"]] == [("first", "done"), ("second", "failed")]
        assert (run["status"], run["error"]) == ("failed", "second: The work failed: ValueError: no luck")
        steps = client.get("/api/v1/pipeline-runs/PLR-0001/steps/").json()
        assert steps[0]["engine"]["walls"]["seccomp"] == "allow-list" and len(steps[0]["fingerprint"]) == 64
        assert post(client, "pipeline-runs/PLR-0001/retry/").status_code == 201
        assert post(client, "pipeline-runs/PLR-0001/cancellation/").json()["status"] == "cancelled"
        assert post(client, "pipeline-runs/PLR-0001/cancellation/").status_code == 409
        assert [run["reference"] for run in client.get("/api/v1/pipelines/PL-0001/runs/").json()["results"]]
        assert client.get("/api/v1/pipeline-runs/?pipeline=PL-0002").json()["results"] == []

    def test_one_key_starts_one_run(self, client, pipeline, dmitri):
        client.force_login(dmitri)
        for _ in range(2):
            answer = client.post(
                "/api/v1/pipelines/PL-0001/runs/",
                "{}",
                content_type="application/json",
                headers={"Idempotency-Key": "nightly-1"},
            )
            assert answer.status_code == 202 and answer.json()["reference"] == "PLR-0001"

    def test_a_log_is_read_on_from_where_one_was(self, client, pipeline, dmitri, now):
        run_of(pipeline, dmitri, now)
        client.force_login(dmitri)
        address = "/api/v1/pipeline-runs/PLR-0001/steps/first/log/"
        first = client.get(f"{address}?limit=1")
        assert (first.text, first["Log-Ended"], first["Content-Type"]) == (
            "one\n",
            "false",
            "text/plain; charset=utf-8",
        )
        rest = client.get(f"{address}?after={first['Log-Last']}")
        assert (rest.text, rest["Log-Ended"]) == ("two\n", "true")
        for wrong in ("after=-1", "after=x", "limit=5000", "before=3", "after=99999999999999999999"):
            assert client.get(f"{address}?{wrong}").status_code == 422
        assert client.get("/api/v1/pipeline-runs/PLR-0001/steps/nothing/log/").status_code == 404

    def test_a_file_is_taken_by_who_may_read_rows(self, client, pipeline, dmitri, adam, oscar, now):
        run_of(pipeline, dmitri, now)
        client.force_login(dmitri)
        address = "/api/v1/pipeline-runs/PLR-0001/steps/first/files/made/"
        answer = client.get(address)
        assert b"".join(answer.streaming_content) == b"hi" and 'filename="a.txt"' in answer["Content-Disposition"]
        assert client.get(address.replace("made", "nothing")).status_code == 404
        client.force_login(adam)
        assert client.get(address).status_code == 403
        client.force_login(oscar)
        assert client.get(address).status_code == 404

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ('{"parameters": {"width": 1}}', "parameters.width"),
            ('{"parameters": {"depth": "3"}}', "parameters.depth"),
            ('{"parameters": {"quick": 1}}', "parameters.quick"),
            ('{"parameters": []}', "parameters"),
            ('{"speed": 1}', "speed"),
        ],
    )
    def test_a_run_is_asked_for_with_what_the_pipeline_knows(self, body, field, client, pipeline, dmitri):
        client.force_login(dmitri)
        answer = post(client, "pipelines/PL-0001/runs/", body)
        assert answer.status_code == 422 and field in answer.json()["errors"], answer.json()
        assert not PipelineRun.objects.exists()


class TestThePages:
    def test_a_run_is_started_and_watched_without_a_script(self, client, pipeline, dmitri):
        client.force_login(dmitri)
        assert "parameter_depth" in client.get("/pipelines/PL-0001/run/").text
        wrong = client.post("/pipelines/PL-0001/run/", {"parameter_depth": "x", "parameter_name": "x"})
        assert wrong.status_code == 422 and "whole number" in wrong.text
        made = client.post("/pipelines/PL-0001/run/", {"parameter_depth": "5", "parameter_name": "x"})
        assert made.url == "/pipelines/runs/PLR-0001/"
        assert PipelineRun.objects.get().parameters == {"depth": 5, "quick": False, "name": "x"}
        page = client.get(made.url).text
        assert 'hx-get="/pipelines/runs/PLR-0001/progress/"' in page and "Waits for a worker" in page
        work_off()
        ended = client.get("/pipelines/runs/PLR-0001/progress/")
        assert ended["HX-Refresh"] == "true"
        page = client.get(made.url).text
        assert "second: The work failed: ValueError: no luck" in page and "Go on from what is not done" in page
        step = client.get("/pipelines/runs/PLR-0001/steps/first/").text
        assert "two" in step and "a.txt" in step and "Python" in step
        assert client.get("/pipelines/runs/PLR-0001/steps/first/log/")["HX-Refresh"] == "true"
        assert (
            "PLR-0001" in client.get("/pipelines/PL-0001/").text and "PLR-0001" in client.get("/pipelines/runs/").text
        )
        assert "PLR-0001" in client.get("/pipelines/").text

    def test_it_is_cancelled_and_gone_on_with_by_forms(self, client, pipeline, dmitri):
        client.force_login(dmitri)
        client.post("/pipelines/PL-0001/run/", {"parameter_depth": "3", "parameter_name": "x"})
        run = PipelineRun.objects.get()
        assert client.post(f"{run.get_absolute_url()}cancel/", {"revision": run.revision}).status_code == 302
        run.refresh_from_db()
        assert run.status == "cancelled"
        assert client.post(f"{run.get_absolute_url()}retry/", {"revision": run.revision}).status_code == 302
        run.refresh_from_db()
        assert run.status == "running"

    def test_who_works_elsewhere_finds_nothing(self, client, pipeline, dmitri, oscar, now):
        run_of(pipeline, dmitri, now)
        client.force_login(oscar)
        for address in ("", "progress/", "steps/first/", "steps/first/log/", "steps/first/files/made/", "cancel/"):
            assert client.get(f"/pipelines/runs/PLR-0001/{address}").status_code == 404
