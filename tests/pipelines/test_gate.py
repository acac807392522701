"""The gate's answers: by which policy, on which evidence, recorded with where they were asked."""

from datetime import timedelta

import pytest

from apps.audit.models import Entry
from apps.core.errors import BadInput, UnauditedChange
from apps.evaluations.services import complete, request_evaluation
from apps.inventory.services.versions import change_version, move_version
from apps.pipelines.models import GateCheck
from apps.pipelines.selectors.gate import answer
from apps.pipelines.services.gate import check_gate, report_tests
from apps.policies.rules import Outcome
from tests.builders import versions
from tests.builders.exceptions import granted
from tests.builders.versions import ALL_AGES, fresh

GATES = "POL-0001"


def dry_run(version, actor, now, case=versions.WORKING_AGE):
    evaluation = request_evaluation(actor=actor, version=version, now=now, dry_run=True)
    return complete(
        evaluation=evaluation,
        results=versions.results(case),
        predictions=None,
        reference_predictions=None,
        engine={},
        now=now,
    )


def governing(version):
    return version.evaluations.latest("pk").verdict.policy


@pytest.fixture
def draft(policies_in_force, olivia, dmitri, now):
    return versions.a_draft(olivia, dmitri, now)


def reported(dmitri, version, now, *outcomes, **said):
    tests = [{"name": f"test {n}", "kind": "other", "outcome": o, "seconds": 0.1} for n, o in enumerate(outcomes)]
    return report_tests(actor=dmitri, version=version, tool="quaestor-client 0.1.0", tests=tests, now=now, **said)


class TestTheAnswer:
    def test_is_the_verdict_of_the_evidence_where_nothing_has_changed(self, evaluated_version, now):
        given, verdict = answer(evaluated_version, now=now), evaluated_version.evaluations.get().verdict
        assert given.passes and given.outcome == Outcome.PASSED_NEAR_LIMIT
        assert given.verdict.digest(given.policy.reference) == verdict.digest
        assert given.governs and given.notes == ()

    def test_rests_on_a_dry_run_where_that_is_all_there_is(self, draft, dmitri, now):
        evaluation = dry_run(draft, dmitri, now)
        given = answer(draft, now=now)
        assert given.passes and given.evaluation == evaluation and given.evaluation.dry_run

    def test_is_no_where_a_gate_fails(self, draft, dmitri, now):
        dry_run(draft, dmitri, now, ALL_AGES)
        given = answer(draft, now=now)
        assert given.outcome == Outcome.FAILED and not given.passes

    def test_never_passes_by_absence(self, draft, now):
        given = answer(draft, now=now)
        assert given.outcome == Outcome.FAILED and given.evaluation is None
        assert all("never passes by absence" in gate.reason for gate in given.verdict.gates)
        assert "has no evaluation that is done. Evaluate it first." in given.notes[0]

    def test_says_that_an_evaluation_is_under_way(self, draft, dmitri, now):
        request_evaluation(actor=dmitri, version=draft, now=now, dry_run=True)
        assert answer(draft, now=now).notes == (
            "MDL-0001@1.0.0 has no evaluation that is done. EVL-0001 is under way.",
        )

    def test_does_not_rest_on_what_the_version_was_before_it_changed(self, draft, dmitri, now):
        dry_run(draft, dmitri, now)
        change_version(actor=dmitri, version=draft, changes={"threshold": 0.9}, now=now)
        given = answer(fresh(draft), now=now)
        assert not given.passes and given.evaluation is None
        assert "was changed after EVL-0001 was asked for" in given.notes[0]
        dry_run(fresh(draft), dmitri, now)
        assert answer(fresh(draft), now=now).passes

    def test_minds_an_exception(self, draft, dmitri, olivia, rosa, ruth, now):
        dry_run(draft, dmitri, now, ALL_AGES)
        granted(olivia, draft, [rosa, ruth], now)
        given = answer(draft, now=now)
        assert given.passes and [gate.exception for gate in given.verdict.excepted]

    def test_of_a_version_that_is_over_is_no(self, draft, dmitri, now):
        from apps.inventory import events

        dry_run(draft, dmitri, now)
        move_version(
            actor=dmitri, version=draft, event=events.VERSION_RETIRED, status="retired", now=now, cause="a test"
        )
        given = answer(fresh(draft), now=now)
        assert given.outcome.passes and not given.passes
        assert given.notes == ("MDL-0001@1.0.0 is retired, whatever its evidence says.",)


class TestThePolicy:
    def test_is_the_one_that_governs(self, evaluated_version, now):
        assert answer(evaluated_version, now=now).policy == governing(evaluated_version)

    def test_can_be_named_with_and_without_its_version(self, evaluated_version, now):
        policy = governing(evaluated_version)
        for reference in (policy.reference, policy.policy.reference):
            given = answer(evaluated_version, now=now, policy=reference)
            assert (given.policy, given.governs) == (policy, True)

    def test_that_there_isn_t_is_refused_by_name(self, evaluated_version, now):
        for reference in ("POL-0099", "POL-0099@1"):
            with pytest.raises(BadInput, match=f"There is no gate policy {reference}"):
                answer(evaluated_version, now=now, policy=reference)

    def test_of_another_kind_is_refused(self, evaluated_version, policies_in_force, now):
        other = next(policy for policy in policies_in_force if policy.document["kind"] == "approval_route")
        with pytest.raises(BadInput, match="There is no gate policy"):
            answer(evaluated_version, now=now, policy=other.reference)

    def test_for_another_task_is_refused(self, evaluated_version, policies_in_force, now):
        other = next(
            policy
            for policy in policies_in_force
            if policy.document["kind"] == "gate_policy" and policy.document["applies"]["tasks"] == ["regression"]
        )
        with pytest.raises(BadInput, match=r"is for regression; MDL-0001@1\.0\.0 is"):
            answer(evaluated_version, now=now, policy=other.reference)

    def test_that_nobody_published_decides_nothing(self, evaluated_version, rosa, now):
        from apps.policies.services import draft_version

        policy = governing(evaluated_version)
        drafted = draft_version(actor=rosa, policy=policy.policy, text=policy.text, now=now)
        with pytest.raises(BadInput, match="is draft: it decides nothing"):
            answer(evaluated_version, now=now, policy=drafted.reference)

    def test_that_was_superseded_is_said_not_to_govern(self, evaluated_version, rosa, ruth, now):
        from apps.policies.services import draft_version, publish_version

        policy, later = governing(evaluated_version), now + timedelta(days=1)
        text = policy.text.replace("limit: {min: 0.70}", "limit: {min: 0.69}")
        drafted = draft_version(actor=rosa, policy=policy.policy, text=text, now=now)
        published = publish_version(actor=ruth, version=drafted, now=later)
        given = answer(evaluated_version, now=later, policy=policy.reference)
        assert not given.governs
        assert given.notes == (
            f"{policy.reference} is not what governs MDL-0001@1.0.0 now: {published.reference} does.",
        )


class TestTheEvaluation:
    def test_can_be_named(self, draft, dmitri, now):
        first = dry_run(draft, dmitri, now, ALL_AGES)
        dry_run(draft, dmitri, now)
        assert answer(draft, now=now).passes
        assert not answer(draft, now=now, evaluation=first.reference).passes

    def test_that_is_not_of_this_version_is_refused(self, draft, now):
        with pytest.raises(BadInput, match="has no evaluation EVL-0404 that is done"):
            answer(draft, now=now, evaluation="EVL-0404")


class TestTheDevelopersTests:
    def test_are_asked_for_where_that_is_wanted(self, draft, dmitri, now):
        dry_run(draft, dmitri, now)
        given = answer(draft, now=now, tests=True)
        assert given.outcome == Outcome.FAILED and given.verdict.gates[-1].value is None
        report = reported(dmitri, draft, now, "passed", "passed", "skipped")
        given = answer(draft, now=now, tests=True)
        assert given.passes and given.report == report

    def test_that_fail_fail_the_gate(self, draft, dmitri, now):
        dry_run(draft, dmitri, now)
        reported(dmitri, draft, now, "passed", "failed", "error")
        gate = answer(draft, now=now, tests=True).verdict.gates[-1]
        assert (gate.outcome, gate.value, gate.n) == (Outcome.FAILED, 2, 3)

    def test_count_for_the_commit_that_is_named(self, draft, dmitri, now):
        dry_run(draft, dmitri, now)
        reported(dmitri, draft, now, "passed", commit="abc123")
        assert answer(draft, now=now, tests=True, commit="abc123").passes
        assert not answer(draft, now=now, tests=True, commit="def456").passes

    def test_of_which_none_ran_are_no_report(self, draft, dmitri, now):
        with pytest.raises(BadInput, match="No test ran"):
            reported(dmitri, draft, now, "skipped")


@pytest.mark.both
class TestTheRecord:
    def test_keeps_what_was_asked_where_and_what_was_answered(self, evaluated_version, dmitri, now):
        check = check_gate(
            actor=dmitri,
            version=evaluated_version,
            now=now,
            commit="4a6f",
            branch="main",
            ci_url="https://ci.example/7",
        )
        assert (check.reference, check.outcome, check.passes) == ("GTC-0001", "passed_near_limit", True)
        assert check.digest == evaluated_version.evaluations.get().verdict.digest
        entry = Entry.objects.get(verb="pipelines.gate_checked")
        assert (entry.subject_reference, entry.root_reference) == ("GTC-0001", "MDL-0001")
        assert "4a6f" in entry.payload.body and check.digest in entry.payload.body

    def test_is_never_changed(self, evaluated_version, dmitri, now):
        check = check_gate(actor=dmitri, version=evaluated_version, now=now)
        check.passes = False
        with pytest.raises(UnauditedChange):
            check.save()
        with pytest.raises(UnauditedChange):
            GateCheck.objects.update(passes=False)
        with pytest.raises(UnauditedChange):
            GateCheck.objects.all().delete()

    def test_stays_what_it_was_when_the_evidence_changes(self, draft, dmitri, now):
        dry_run(draft, dmitri, now)
        check = check_gate(actor=dmitri, version=draft, now=now)
        dry_run(draft, dmitri, now, ALL_AGES)
        assert not check_gate(actor=dmitri, version=draft, now=now).passes
        assert fresh(check).passes
