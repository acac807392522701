"""The pytest plugin as a developer's project has it: installed, run by pytest, its report uploaded."""

import json
import subprocess

import pytest

from apps.pipelines.models import TestReport as Kept
from tests.builders import versions
from tests.builders.contracts import contract, drafted, in_force
from tests.builders.datasets import a_dataset
from tests.conftest import NOW, person
from tests.pipelines.test_gate import dry_run

PROJECT = """
import pytest

PEOPLE = [{"income": 10.0, "sex": "f"}, {"income": 20.0, "sex": "m"}, {"income": 30.0, "sex": "f"}]
CONTRACT = {
    "kind": "DataContract",
    "id": "people",
    "schema": [{"name": "people", "properties": [{"name": "income", "logicalType": "number", "required": True}]}],
}


@pytest.fixture
def model():
    return lambda rows: [row["income"] / 100 for row in rows]


def test_people_keep_their_contract(quaestor):
    quaestor.contract(PEOPLE, CONTRACT)


def test_sex_does_not_matter(quaestor, model):
    quaestor.invariance(model, PEOPLE, {"sex": ["f", "m"]})


def test_more_income_is_no_disadvantage(quaestor, model):
    quaestor.directional(model, PEOPLE, {"income": lambda income: income + 5}, "does_not_decrease")


@pytest.mark.minimum_functionality
def test_nobody_is_surer_than_sure(model):
    assert max(model(PEOPLE)) <= 1


def test_adds_up():
    assert 1 + 1 == 2
"""
BROKEN = """

def test_secretive(quaestor, model):
    quaestor.invariance(model, PEOPLE, {"income": 12345.678})


@pytest.mark.invariance
@pytest.mark.skip(reason="Not yet.")
def test_later():
    pass


@pytest.mark.directional
@pytest.mark.xfail(reason="Known.", strict=True)
def test_known_to_fail():
    assert False


@pytest.fixture
def broken():
    raise RuntimeError("No model here.")


@pytest.mark.data_contract
def test_without_a_model(broken):
    pass


def test_of_nothing(quaestor, model):
    quaestor.invariance(model, PEOPLE, {"sex": lambda sex: sex})
"""
UNTESTABLE = "quaestor_client.kit.outcome.Untestable"
VERSION = "MDL-0001@1.0.0"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "test_model.py").write_text(PROJECT)
    return tmp_path / "test_model.py"


@pytest.fixture
def run(installed, environment, tmp_path):
    """run(*arguments) -> what pytest did in the developer's environment."""

    def start(*arguments, **variables):
        command = [installed / "pytest", "-p", "no:cacheprovider", *map(str, arguments)]
        said = {**environment, **variables}
        return subprocess.run(command, cwd=tmp_path, env=said, capture_output=True, text=True, check=False)

    return start


@pytest.fixture
def draft(policies_in_force):
    return versions.a_draft(person("olivia"), person("dmitri"), NOW)


def by_name(report):
    return {test["name"].rpartition("::")[2]: test for test in report["tests"]}


class TestTheReport:
    def test_tells_kinds_outcomes_and_counts(self, project, run, tmp_path):
        done = run("--quaestor-report", "out/report.json", "--strict-markers")
        assert done.returncode == 0, done.stdout
        report = json.loads((tmp_path / "out" / "report.json").read_text())
        tests = by_name(report)
        assert {name: test["kind"] for name, test in tests.items()} == {
            "test_people_keep_their_contract": "data_contract",
            "test_sex_does_not_matter": "invariance",
            "test_more_income_is_no_disadvantage": "directional",
            "test_nobody_is_surer_than_sure": "minimum_functionality",
        }
        assert tests["test_sex_does_not_matter"]["figures"] == {"cases": 3, "failures": 0, "at_most": 0.0}
        assert report["tool"].startswith("quaestor-client ")
        assert "invariance: 1 passed" in done.stdout

    def test_has_tests_of_no_kind_only_where_they_are_wanted(self, project, run, tmp_path):
        run("--quaestor-report", "report.json", "--quaestor-all")
        assert by_name(json.loads((tmp_path / "report.json").read_text()))["test_adds_up"]["kind"] == "other"

    def test_tells_how_tests_fail_and_quotes_no_row(self, project, run, tmp_path):
        project.write_text(PROJECT + BROKEN)
        done = run("--quaestor-report", "report.json")
        assert done.returncode == 1 and "12345.678" in done.stdout  # on the developer's own screen
        text = (tmp_path / "report.json").read_text()
        assert "12345" not in text
        tests = by_name(json.loads(text))
        told = {name: (tests[name]["outcome"], tests[name].get("message")) for name in list(tests)[4:]}
        assert told == {
            "test_secretive": ("failed", "test_secretive: 3 of 3 failed."),
            "test_later": ("skipped", "Not yet."),
            "test_known_to_fail": ("skipped", "expected to fail: Known."),
            "test_without_a_model": ("error", "RuntimeError: No model here."),
            "test_of_nothing": (
                "failed",
                f"{UNTESTABLE}: The change leaves every row as it is, so nothing was tested.",
            ),
        }

    def test_comes_together_from_several_processes(self, project, run, tmp_path):
        done = run("-n", "2", "--quaestor-report", "report.json")
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(json.loads((tmp_path / "report.json").read_text())["tests"]) == 4


class TestTheUpload:
    def test_makes_it_evidence_on_the_version(self, draft, as_dmitri, project, run, quaestor):
        done = run("--quaestor-version", VERSION, GITHUB_SHA="4a6f")
        assert done.returncode == 0 and "Uploaded as TRP-0001: http" in done.stdout, done.stdout
        kept = Kept.objects.get()
        assert (kept.version, kept.passed, kept.failed, kept.commit) == (draft, 4, 0, "4a6f")
        assert kept.reported_by == person("dmitri")
        dry_run(draft, person("dmitri"), NOW)
        assert quaestor("gate", "check", VERSION, "--tests", GITHUB_SHA="4a6f").returncode == 0

    def test_of_failures_lets_the_gate_fail(self, draft, as_dmitri, project, run, quaestor):
        project.write_text(PROJECT + BROKEN)
        assert run("--quaestor-version", VERSION).returncode == 1
        kept = Kept.objects.get()
        assert (kept.passed, kept.failed, kept.errors, kept.skipped) == (4, 2, 1, 2)
        dry_run(draft, person("dmitri"), NOW)
        assert quaestor("gate", "check", VERSION, "--tests").returncode == 1

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ({"QUAESTOR_TOKEN": "f" * 64}, "QUAESTOR_TOKEN is not accepted"),
            ({"QUAESTOR_URL": ""}, "Set QUAESTOR_URL"),
        ],
    )
    def test_that_fails_fails_the_run(self, draft, as_dmitri, project, run, said, why):
        done = run("--quaestor-version", VERSION, **said)
        assert done.returncode == 1 and "Not uploaded." in done.stdout and why in done.stdout
        assert "5 passed" in done.stdout and not Kept.objects.exists()

    def test_of_nothing_fails_the_run(self, draft, as_dmitri, project, run):
        done = run("--quaestor-version", VERSION, "-k", "adds_up")
        assert done.returncode == 1 and "no test of the kit ran" in done.stdout

    def test_to_what_one_can_t_see_fails_the_run(self, draft, as_dmitri, token, project, run):
        done = run("--quaestor-version", VERSION, QUAESTOR_TOKEN=token("oscar"))
        assert done.returncode == 1 and "There is nothing here" in done.stdout

    def test_is_not_made_of_a_mere_look(self, draft, as_dmitri, project, run):
        assert run("--quaestor-version", VERSION, "--collect-only").returncode == 0
        assert not Kept.objects.exists()


def test_it_says_nothing_where_nobody_asked(run, tmp_path):
    (tmp_path / "test_plain.py").write_text("def test_adds_up():\n    assert 1 + 1 == 2\n")
    done = run()
    assert done.returncode == 0 and "quaestor ==" not in done.stdout


class TestAContractOfTheServers:
    @pytest.fixture
    def dataset(self, policies_in_force):
        return a_dataset(person("dmitri"), NOW)

    @pytest.fixture
    def loans(self, tmp_path):
        (tmp_path / "test_loans.py").write_text(
            "LOANS = [{'id': 1, 'amount': 5.0, 'state': 'x'}, {'id': 2, 'amount': -1.0, 'state': None}]\n"
            "def test_good(quaestor):\n    quaestor.contract(LOANS[:1], 'DS-0001')\n"
            "def test_bad(quaestor):\n    quaestor.contract(LOANS, 'DS-0001')\n"
        )

    def test_is_the_one_in_force(self, dataset, as_dmitri, loans, run):
        in_force(person("dmitri"), person("olivia"), dataset, NOW)
        drafted(person("dmitri"), dataset, NOW, contract(version="2.0.0"))
        done = run()
        assert "1 failed, 1 passed" in done.stdout, done.stdout
        assert "amount in its range: 1 of 2 rows; must be 0." in done.stdout

    def test_has_to_be_there(self, dataset, as_dmitri, loans, run):
        assert "DS-0001 has no contract in force." in run().stdout
