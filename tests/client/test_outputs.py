"""What CI reads of a gate check: JUnit XML, SARIF 2.1.0, Markdown. What policies' authors write stays text in all."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft4Validator
from quaestor_client.outputs import junit, markdown, sarif
from quaestor_client.surroundings import Surroundings

from tests.client.test_gate_check import GITHUB, VERSION
from tests.client.test_gate_check import draft as draft
from tests.client.test_gate_check import failing as failing

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json").read_text())
LEVELS = {"error", "warning", "note", "none"}


@pytest.fixture
def written(failing, as_dmitri, quaestor, tmp_path):
    """The three files of a check that failed."""
    summary = tmp_path / "summary.md"
    summary.write_text("## Before\n")
    forms = ["--junit", "out/gate.xml", "--sarif", "out/gate.sarif", "--markdown", summary]
    done = quaestor("gate", "check", VERSION, *forms, **GITHUB, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1, done.stderr
    return tmp_path


def a_gate(**said):
    return {
        "name": "Ranking power",
        "measure": "auc",
        "select": {},
        "value": 0.8,
        "low": 0.7,
        "high": 0.9,
        "n": 1200,
        "limit": {"min": 0.7},
        "margin": 0.1,
        "severity": "block",
        "outcome": "failed",
        "reason": "It misses.",
        "because": "",
        "evidence": "EVL-0001",
        **said,
    }


def a_check(*gates, **said):
    return {
        "version": VERSION,
        "policy": "POL-0001@1",
        "policy_page": "https://q.example/policies/POL-0001/1/",
        "page": "https://q.example/gate-checks/GTC-0001/",
        "outcome": "failed",
        "passes": False,
        "evaluation": "EVL-0001",
        "dry_run": True,
        "digest": "0" * 64,
        "notes": [],
        "gates": gates or (a_gate(),),
        **said,
    }


class TestJUnit:
    def test_counts_failures_errors_and_what_does_not_decide(self, written):
        suites = ElementTree.parse(written / "out" / "gate.xml").getroot()
        (suite,) = suites
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases)) == suites.get("tests")
        failed = [case.get("name") for case in cases if case.find("failure") is not None]
        assert failed == ["Four-fifths rule (RAC1P 9)"]
        assert "misses the limit" in suite.find(".//failure").get("message")
        aside = [case.get("name") for case in cases if case.find("skipped") is not None]
        assert aside == ["Four-fifths rule at intersections (intersections)", "Equal opportunity (any)"]
        assert {row.get("name") for row in suite.find("properties")} >= {"policy", "evaluation", "commit", "page"}

    @pytest.mark.parametrize(
        ("gate", "tag"),
        [
            (a_gate(), "failure"),
            (a_gate(value=None), "error"),
            (a_gate(outcome="unavailable"), "error"),
            (a_gate(outcome="inconclusive"), "error"),
            (a_gate(severity="warn"), "skipped"),
            (a_gate(exception="EXC-0001"), "skipped"),
        ],
    )
    def test_tells_a_failure_from_missing_evidence_and_from_what_does_not_decide(self, gate, tag):
        case = ElementTree.fromstring(junit.text(a_check(gate))).find(".//testcase")
        assert [child.tag for child in case if child.tag != "system-out"] == [tag]

    def test_holds_what_xml_can_t(self):
        suite = ElementTree.fromstring(junit.text(a_check(a_gate(name='A\x00B\x1b[31m<"&\ud800', reason="]]>"))))
        assert suite.find(".//testcase").get("name") == 'AB[31m<"&'


class TestSarif:
    def test_is_what_the_standard_asks_for(self, written):
        log = json.loads((written / "out" / "gate.sarif").read_text())
        assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json")
        (run,) = log["runs"]
        driver = run["tool"]["driver"]
        assert driver["name"] and len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
        for rule in driver["rules"]:
            assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"]
            assert rule["defaultConfiguration"]["level"] in LEVELS
        for result in run["results"]:
            assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["message"]["text"] and result["level"] in LEVELS
            assert result["kind"] == "fail" or result["level"] == "none"  # 3.27.9
            (place,) = result["locations"]
            assert not place["physicalLocation"]["artifactLocation"]["uri"].startswith("/")
            assert place["physicalLocation"]["region"]["startLine"] == 1
            assert result["partialFingerprints"]
        assert run["versionControlProvenance"] == [
            {
                "repositoryUri": "https://github.example/bank/waiver",
                "revisionId": GITHUB["GITHUB_SHA"],
                "branch": "retrain",
            }
        ]

    def test_is_valid_by_its_schema(self, written):
        gates = [
            a_gate(),
            a_gate(name="Warns", severity="warn"),
            a_gate(name="Covered", exception="EXC-0001"),
            a_gate(name="Near", outcome="passed_near_limit"),
            a_gate(name="Missing", outcome="unavailable", value=None, low=None, high=None, n=None, margin=None),
        ]
        said = a_check(*gates, checked_at="2026-11-24T10:00:00.123456Z")
        made = json.loads(sarif.text(said, "a folder/model.yaml", Surroundings()))
        for log in (made, json.loads((written / "out" / "gate.sarif").read_text())):
            assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(log)] == []

    def test_raises_what_blocks_and_mentions_the_rest(self, written):
        (run,) = json.loads((written / "out" / "gate.sarif").read_text())["runs"]
        assert {(result["ruleId"], result["level"]) for result in run["results"]} == {
            ("four-fifths-rule", "error"),
            ("four-fifths-rule-at-intersections", "warning"),
            ("equal-opportunity", "warning"),
        }

    def test_suppresses_what_an_exception_covers(self):
        (run,) = json.loads(sarif.text(a_check(a_gate(exception="EXC-0007")), "model.yaml", Surroundings()))["runs"]
        (suppression,) = run["results"][0]["suppressions"]
        assert suppression["kind"] == "external" and "EXC-0007" in suppression["justification"]

    def test_knows_an_alert_again_in_the_next_version(self):
        def prints(check):
            (run,) = json.loads(sarif.text(check, "model.yaml", Surroundings()))["runs"]
            return [result["partialFingerprints"] for result in run["results"]]

        assert prints(a_check()) == prints(a_check(a_gate(value=0.1, reason="By more."), version="MDL-0001@2.0.0"))
        assert prints(a_check()) != prints(a_check(version="MDL-0002@1.0.0"))


class TestMarkdown:
    def test_is_added_to_the_summary_of_the_step(self, written):
        text = (written / "summary.md").read_text()
        assert text.startswith("## Before\n## ❌ MDL-0001&#64;1.0.0: failed\n")
        assert "| ❌ | Four-fifths rule<br>RAC1P 9 |" in text and "in Quaestor](http://127.0.0.1" in text

    def test_keeps_what_people_wrote_from_becoming_markup(self):
        text = markdown.text(a_check(a_gate(name="a|b <img src=x> @everyone [x](javascript:y)", reason="`rm`\n# Hi")))
        assert (
            "<img" not in text
            and "@everyone" not in text
            and not re.search(r"[^\\]\]\(javascript", text)
            and "\n# Hi" not in text
        )
        assert all(line.count("|") - line.count("\\|") == 6 for line in text.splitlines() if line.startswith("| "))


def test_one_file_may_be_asked_for_alone(failing, as_dmitri, quaestor, tmp_path):
    quaestor("gate", "check", VERSION, "--markdown", "gate.md", "--no-record")
    assert {path.name for path in tmp_path.iterdir()} == {"gate.md"}
