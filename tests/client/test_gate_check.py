"""`quaestor gate check` against a server: its exit codes, what it says, what stays at the server."""

import json
from xml.etree import ElementTree

import pytest

from apps.pipelines.models import GateCheck
from tests.builders import versions
from tests.conftest import NOW, person
from tests.pipelines.test_gate import dry_run, reported

VERSION = "MDL-0001@1.0.0"
GITHUB = {
    "GITHUB_SHA": "4a6f0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b",
    "GITHUB_HEAD_REF": "retrain",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "bank/waiver",
    "GITHUB_RUN_ID": "77",
}


@pytest.fixture
def draft(policies_in_force):
    return versions.a_draft(person("olivia"), person("dmitri"), NOW)


@pytest.fixture
def failing(draft):
    dry_run(draft, person("dmitri"), NOW, versions.ALL_AGES)
    return draft


class TestPasses:
    def test_near_a_limit_with_0_and_says_why(self, evaluated_version, as_dmitri, quaestor):
        done = quaestor("gate", "check", VERSION)
        assert done.returncode == 0, done.stderr
        assert "passed, near limit" in done.stdout and "Four-fifths rule" in done.stdout
        assert "while its lower bound 0.799 does not" in " ".join(done.stdout.split())
        assert "\x1b" not in done.stdout and done.stderr == ""
        assert f"/gate-checks/{GateCheck.objects.get().reference}/" in done.stdout

    def test_not_where_near_is_not_enough(self, evaluated_version, as_dmitri, quaestor):
        assert quaestor("gate", "check", VERSION, "--strict").returncode == 1

    def test_by_a_policy_that_is_named(self, evaluated_version, as_dmitri, quaestor):
        policy = evaluated_version.evaluations.get().verdict.policy
        done = quaestor("gate", "check", VERSION, "--policy", policy.reference, "--json")
        said = json.loads(done.stdout)
        assert done.returncode == 0 and (said["policy"], said["governs"]) == (policy.reference, True)

    def test_and_records_where_it_was_asked(self, evaluated_version, as_dmitri, quaestor):
        assert quaestor("gate", "check", VERSION, **GITHUB).returncode == 0
        check = GateCheck.objects.get()
        assert (check.commit, check.branch) == (GITHUB["GITHUB_SHA"], "retrain")
        assert check.ci_url == "https://github.example/bank/waiver/actions/runs/77"
        assert check.checked_by == person("dmitri")

    def test_and_records_nothing_where_that_is_not_wanted(self, evaluated_version, as_dmitri, quaestor):
        done = quaestor("gate", "check", VERSION, "--no-record")
        assert done.returncode == 0 and not GateCheck.objects.exists()
        assert f"/versions/{VERSION}/" in done.stdout


class TestFails:
    def test_with_1_and_names_the_gate_that_failed(self, failing, as_dmitri, quaestor):
        done = quaestor("gate", "check", VERSION)
        assert done.returncode == 1 and f"{VERSION}: FAILED" in done.stdout
        assert "misses the limit of at least 0.800 by 0.161" in " ".join(done.stdout.split())
        assert not GateCheck.objects.get().passes

    def test_where_evidence_is_missing(self, draft, as_dmitri, quaestor, tmp_path):
        done = quaestor("gate", "check", VERSION, "--junit", "gate.xml")
        assert done.returncode == 1 and "Evaluate it first." in done.stdout
        suite = ElementTree.parse(tmp_path / "gate.xml").getroot()
        assert int(suite.get("errors")) > 0 and suite.get("failures") == "0"

    def test_where_the_developers_tests_are_missing(self, draft, as_dmitri, quaestor):
        dry_run(draft, person("dmitri"), NOW)
        assert quaestor("gate", "check", VERSION).returncode == 0
        done = quaestor("gate", "check", VERSION, "--tests")
        assert done.returncode == 1 and "reported_test_failures" in done.stdout
        reported(person("dmitri"), draft, NOW, "passed")
        assert quaestor("gate", "check", VERSION, "--tests").returncode == 0
        assert quaestor("gate", "check", VERSION, "--tests", "--no-record").returncode == 0
        assert quaestor("gate", "check", VERSION, "--tests", QUAESTOR_COMMIT="another").returncode == 1


class TestCanTAsk:
    def test_with_a_wrong_token(self, evaluated_version, as_dmitri, quaestor):
        done = quaestor("gate", "check", VERSION, QUAESTOR_TOKEN="f" * 64)
        assert done.returncode == 2 and "QUAESTOR_TOKEN is not accepted" in done.stderr

    def test_without_a_token_or_an_address(self, environment, quaestor):
        done = quaestor("gate", "check", VERSION)
        assert done.returncode == 2 and "Set QUAESTOR_URL" in done.stderr
        done = quaestor("gate", "check", VERSION, QUAESTOR_URL="http://127.0.0.1:1")
        assert done.returncode == 2 and "Set QUAESTOR_TOKEN" in done.stderr

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("quaestor.example", "begins with https://"),
            ("ftp://quaestor.example", "begins with https://"),
            ("https://me:secret@quaestor.example", "holds a name or a password"),
            ("https://quaestor.example/?x=1", "an address alone"),
            ("https://quaestor.example:port", "can't be read"),
        ],
    )
    def test_at_an_address_that_is_none(self, environment, quaestor, url, why):
        done = quaestor("gate", "check", VERSION, QUAESTOR_URL=url, QUAESTOR_TOKEN="t")
        assert done.returncode == 2 and why in done.stderr and "secret" not in done.stderr

    @pytest.mark.parametrize("token", ["two words", "tök", "line\nbreak"])
    def test_with_what_is_no_token(self, environment, quaestor, token):
        done = quaestor("gate", "check", VERSION, QUAESTOR_URL="http://127.0.0.1:1", QUAESTOR_TOKEN=token)
        assert done.returncode == 2 and "characters that no token has" in done.stderr and token not in done.stderr

    def test_a_server_that_is_down(self, environment, quaestor):
        away = {"QUAESTOR_URL": "http://127.0.0.1:9", "QUAESTOR_TOKEN": "t"}
        done = quaestor("gate", "check", VERSION, "--timeout", "1", **away)
        assert done.returncode == 3 and "http://127.0.0.1:9 can't be reached: connection refused." in done.stderr
        assert "Traceback" not in done.stderr

    def test_what_is_no_version(self, evaluated_version, as_dmitri, quaestor):
        done = quaestor("gate", "check", "MDL-0001")
        assert done.returncode == 2 and "no reference such as MDL-0001@1.2.0" in done.stderr
        done = quaestor("gate", "check", "MDL-0001@9.9.9")
        assert done.returncode == 2 and "MDL-0001@9.9.9: There is nothing here, or you may not see it." in done.stderr

    def test_a_version_of_another_unit_any_more_than_one_that_isn_t_there(
        self, evaluated_version, as_dmitri, token, quaestor
    ):
        done = quaestor("gate", "check", VERSION, QUAESTOR_TOKEN=token("oscar"))
        assert done.returncode == 2 and f"{VERSION}: There is nothing here, or you may not see it." in done.stderr

    def test_by_a_policy_that_there_isn_t(self, evaluated_version, as_dmitri, quaestor):
        done = quaestor("gate", "check", VERSION, "--policy", "POL-0099")
        assert done.returncode == 2 and "There is no gate policy POL-0099 in force." in done.stderr
        assert quaestor("gate", "check", VERSION, "--policy", "strict").returncode == 2

    def test_as_an_auditor_who_may_only_look(self, evaluated_version, as_dmitri, token, quaestor):
        aisha = token("aisha")
        assert quaestor("gate", "check", VERSION, QUAESTOR_TOKEN=aisha).returncode == 2
        assert quaestor("gate", "check", VERSION, "--no-record", QUAESTOR_TOKEN=aisha).returncode == 0

    def test_and_says_so_as_json(self, evaluated_version, as_dmitri, quaestor):
        done = quaestor("gate", "check", "MDL-0001@9.9.9", "--json")
        said = json.loads(done.stdout)
        assert said["exit_code"] == done.returncode == 2 and "MDL-0001@9.9.9" in said["error"]

    def test_into_a_folder_that_can_t_be_written(self, evaluated_version, as_dmitri, quaestor, tmp_path):
        (tmp_path / "file").write_text("")
        done = quaestor("gate", "check", VERSION, "--junit", "file/gate.xml")
        assert done.returncode == 2 and "file/gate.xml can't be written" in done.stderr

    def test_with_the_token_in_a_file(self, evaluated_version, as_dmitri, quaestor, tmp_path):
        (tmp_path / "token").write_text(as_dmitri["QUAESTOR_TOKEN"] + "\n")
        done = quaestor("gate", "check", VERSION, QUAESTOR_TOKEN=None, QUAESTOR_TOKEN_FILE="token")
        assert done.returncode == 0
        assert quaestor("gate", "check", VERSION, QUAESTOR_TOKEN_FILE="token").returncode == 2
        assert quaestor("gate", "check", VERSION, QUAESTOR_TOKEN=None, QUAESTOR_TOKEN_FILE="none").returncode == 2

    def test_with_a_password_of_somebody_else_s_tool(self, evaluated_version, as_dmitri, quaestor, tmp_path):
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
        assert quaestor("gate", "check", VERSION).returncode == 0
