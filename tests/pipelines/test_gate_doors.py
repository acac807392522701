"""The gate over the API and on pages."""

import pytest

from apps.pipelines.models import GateCheck, TestReport
from apps.pipelines.services.gate import check_gate
from tests.pipelines.test_gate import reported

VERSION = "/api/v1/versions/MDL-0001@1.0.0"
TESTS = [
    {"name": "test_income", "kind": "directional", "outcome": "passed", "seconds": 0.2, "figures": {"cases": 40}},
    {"name": "test_sex", "kind": "invariance", "outcome": "failed", "seconds": 0.1, "message": "3 of 40 moved."},
]


def post(client, url, body=None, **headers):
    return client.post(url, body or {}, content_type="application/json", headers=headers)


class TestTheApi:
    def test_answers_without_keeping(self, evaluated_version, aisha, client):
        client.force_login(aisha)
        said = client.get(f"{VERSION}/gate/").json()
        assert (said["outcome"], said["passes"], said["evaluation"]) == ("passed_near_limit", True, "EVL-0001")
        assert said["gates"][0]["because"] and said["gates"][0]["evidence"] == "EVL-0001"
        assert not GateCheck.objects.exists()

    def test_keeps_what_it_answers(self, evaluated_version, dmitri, client):
        client.force_login(dmitri)
        asked = {"commit": "4a6f", "branch": "a branch/with things", "ci_url": "https://ci.example/7"}
        made = post(client, f"{VERSION}/gate-checks/", asked)
        assert made.status_code == 201, made.json()
        said = client.get(f"/api/v1/gate-checks/{made.json()['reference']}/").json()
        assert said == made.json()
        assert {name: said[name] for name in asked} == asked
        listed = client.get("/api/v1/gate-checks/?version=MDL-0001@1.0.0&commit=4a6f&outcome=passed_near_limit")
        assert [row["reference"] for row in listed.json()["results"]] == ["GTC-0001"]
        assert client.get("/api/v1/gate-checks/?outcome=failed").json()["results"] == []

    def test_records_once_for_one_key(self, evaluated_version, dmitri, client):
        client.force_login(dmitri)
        answers = [post(client, f"{VERSION}/gate-checks/", **{"Idempotency-Key": "k"}).json() for _ in range(2)]
        assert answers[0] == answers[1] and GateCheck.objects.count() == 1

    def test_asks_by_a_policy_and_for_tests(self, evaluated_version, dmitri, client):
        client.force_login(dmitri)
        policy = evaluated_version.evaluations.get().verdict.policy.policy.reference
        said = post(client, f"{VERSION}/gate-checks/", {"policy": policy, "tests": True}).json()
        assert (said["outcome"], said["gates"][-1]["outcome"], said["gates"][-1]["evidence"]) == (
            "failed",
            "failed",
            None,
        )
        assert client.get(f"{VERSION}/gate/?policy={policy}&tests=true").json()["outcome"] == "failed"

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"policy": "the usual"}, "policy"),
            ({"policy": "POL-0099"}, "policy"),
            ({"commit": "a b"}, "commit"),
            ({"commit": "<script>"}, "commit"),
            ({"branch": "a\x1b[31mb"}, "branch"),
            ({"ci_url": "javascript:alert(1)"}, "ci_url"),
            ({"ci_url": "ftp://ci.example/x"}, "ci_url"),
            ({"tests": "true"}, "tests"),
            ({"strict": True}, "strict"),
            ({"evaluation": "EVL-0404"}, "evaluation"),
        ],
    )
    def test_refuses_what_it_can_t_use_by_name(self, evaluated_version, dmitri, client, asked, field):
        client.force_login(dmitri)
        answer = post(client, f"{VERSION}/gate-checks/", asked)
        assert answer.status_code == 422 and field in answer.json()["errors"], answer.json()

    def test_refuses_what_can_t_be_asked(self, evaluated_version, dmitri, client):
        client.force_login(dmitri)
        assert client.get(f"{VERSION}/gate/?polcy=POL-0001").status_code == 422
        assert client.get(f"{VERSION}/gate/?tests=maybe").json()["errors"] == {"tests": ["It is true or false."]}

    def test_shows_nothing_of_another_unit(self, evaluated_version, dmitri, oscar, client, now):
        check_gate(actor=dmitri, version=evaluated_version, now=now)
        reported(dmitri, evaluated_version, now, "passed")
        client.force_login(oscar)
        for address in (f"{VERSION}/gate/", "/api/v1/gate-checks/GTC-0001/", "/api/v1/test-reports/TRP-0001/"):
            assert client.get(address).status_code == 404
        for address in ("gate-checks", "test-reports"):
            assert post(client, f"{VERSION}/{address}/").status_code == 404
            assert client.get(f"/api/v1/{address}/").json()["results"] == []

    def test_lets_an_auditor_look_and_record_nothing(self, evaluated_version, aisha, client):
        client.force_login(aisha)
        assert post(client, f"{VERSION}/gate-checks/").status_code == 403
        assert post(client, f"{VERSION}/test-reports/", {"tool": "x", "tests": TESTS}).status_code == 403

    def test_takes_a_report_of_tests(self, evaluated_version, dmitri, client):
        client.force_login(dmitri)
        made = post(client, f"{VERSION}/test-reports/", {"tool": "quaestor-client 0.1.0", "tests": TESTS})
        said = made.json()
        assert made.status_code == 201, said
        assert (said["reference"], said["passed"], said["failed"], said["tests"]) == ("TRP-0001", 1, 1, TESTS)
        assert client.get("/api/v1/test-reports/TRP-0001/").json() == said
        assert TestReport.objects.get().digest == said["digest"]

    @pytest.mark.parametrize(
        "test",
        [
            {"name": "x", "kind": "smoke", "outcome": "passed", "seconds": 1},
            {"name": "x", "kind": "other", "outcome": "fine", "seconds": 1},
            {"name": "x", "kind": "other", "outcome": "passed", "seconds": -1},
            {"name": "x", "kind": "other", "outcome": "passed"},
            {"name": "x", "kind": "other", "outcome": "passed", "seconds": 1, "colour": "red"},
            {"name": "x" * 501, "kind": "other", "outcome": "passed", "seconds": 1},
        ],
    )
    def test_refuses_a_test_that_says_something_else(self, evaluated_version, dmitri, client, test):
        client.force_login(dmitri)
        answer = post(client, f"{VERSION}/test-reports/", {"tool": "x", "tests": [test]})
        assert answer.status_code == 422 and any(name.startswith("tests[0]") for name in answer.json()["errors"])

    def test_refuses_a_report_of_nothing(self, evaluated_version, dmitri, client):
        client.force_login(dmitri)
        answer = post(client, f"{VERSION}/test-reports/", {"tool": "x", "tests": []})
        assert (answer.status_code, answer.json()["errors"]) == (
            422,
            {"tests": ["No test ran, so there is nothing to report."]},
        )


class TestThePages:
    def test_a_check_is_read_by_the_author_of_the_pull_request(self, evaluated_version, dmitri, client, now):
        check_gate(actor=dmitri, version=evaluated_version, now=now, ci_url="https://ci.example/7", commit="4a6f")
        client.force_login(dmitri)
        page = client.get("/gate-checks/GTC-0001/").content.decode()
        assert "at the gate" in page and "https://ci.example/7" in page and "while its lower bound" in page
        version = client.get("/versions/MDL-0001@1.0.0/").content.decode()
        assert "Gate checks" in version and "GTC-0001" in version

    def test_a_report_says_whose_word_it_is(self, evaluated_version, dmitri, client, now):
        reported(dmitri, evaluated_version, now, "passed", "failed")
        client.force_login(dmitri)
        assert "Self-reported." in client.get("/test-reports/TRP-0001/").content.decode()
        assert "no independent evidence" in client.get("/versions/MDL-0001@1.0.0/").content.decode()

    def test_the_list_is_narrowed(self, evaluated_version, dmitri, client, now):
        client.force_login(dmitri)
        assert "Nobody asked the gate yet" in client.get("/gate-checks/").content.decode()
        check_gate(actor=dmitri, version=evaluated_version, now=now)
        assert "GTC-0001" in client.get("/gate-checks/?version=MDL-0001@1.0.0").content.decode()
        assert "No check matches" in client.get("/gate-checks/?outcome=failed").content.decode()

    def test_the_list_costs_the_same_for_many(
        self, evaluated_version, dmitri, client, now, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.force_login(dmitri)
        check_gate(actor=dmitri, version=evaluated_version, now=now)
        client.get("/gate-checks/")
        with CaptureQueriesContext(connection) as one:
            client.get("/gate-checks/")
        for _ in range(9):
            check_gate(actor=dmitri, version=evaluated_version, now=now)
        with django_assert_num_queries(len(one)):
            client.get("/gate-checks/")

    def test_another_unit_sees_none(self, evaluated_version, dmitri, oscar, client, now):
        check_gate(actor=dmitri, version=evaluated_version, now=now)
        reported(dmitri, evaluated_version, now, "passed")
        client.force_login(oscar)
        assert client.get("/gate-checks/GTC-0001/").status_code == 404
        assert client.get("/test-reports/TRP-0001/").status_code == 404
        assert "GTC-0001" not in client.get("/gate-checks/").content.decode()
