"""A policy's way from a draft into force, and out of it."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from apps.audit.models import Entry
from apps.core.errors import BadInput, Conflict, IllegalTransition, Refused, RuleViolated, Stale
from apps.measures.catalogue import definition
from apps.policies.installing import install_defaults
from apps.policies.models import Policy, PolicyVersion
from apps.policies.rules import GatePolicy, judge
from apps.policies.selectors import NoPolicy, applicable
from apps.policies.services import (
    CasesFailed,
    PolicyUnreadable,
    draft_version,
    edit_draft,
    propose_policy,
    publish_version,
    withdraw_draft,
)
from tests.builders.policies import default_text, draft, gate_yaml, published, ratio
from tests.conftest import person

Status = PolicyVersion.Status


class TestDrafting:
    def test_a_proposal_is_a_policy_with_a_draft(self, rosa, now):
        policy = propose_policy(actor=rosa, text=gate_yaml(), now=now, note="For the new book")
        version = policy.versions.get()
        assert policy.reference.startswith("POL-") and version.reference == f"{policy.reference}@1"
        assert (version.status, version.author, version.note) == (Status.DRAFT, rosa, "For the new book")
        assert len(version.digest) == 64 and version.rules.gates[0].measure == "auc"
        entry = Entry.objects.latest("pk")
        assert (entry.verb, entry.subject_reference) == ("policies.policy_proposed", policy.reference)

    def test_what_it_means_has_one_digest_however_it_is_typed(self, rosa, now):
        first = draft(rosa, now)
        text = "# a comment\n" + gate_yaml().replace("tiers: [1]", "tiers:\n    - 1")
        assert edit_draft(actor=rosa, version=first, text=text, now=now).digest == first.digest
        assert edit_draft(actor=rosa, version=first, text=gate_yaml(least="0.71"), now=now).digest != first.digest

    def test_json_is_kept_as_yaml_that_people_can_read(self, rosa, now):
        text = (
            '{"kind": "finding_deadlines", "name": "Déjà vu", "severities": '
            '[{"severity": "high", "meaning": "no", "days": 9, "plan_days": 2}]}'
        )
        version = propose_policy(actor=rosa, text=text, now=now).versions.get()
        assert version.text.startswith("kind: finding_deadlines\nname: Déjà vu\n")

    def test_what_cannot_be_read_changes_nothing_and_points_at_lines(self, rosa, now):
        with pytest.raises(PolicyUnreadable) as refused:
            propose_policy(actor=rosa, text=gate_yaml().replace("limit:", "limt:"), now=now)
        assert refused.value.errors["gates[0].limt"] == ["Line 9: “limt” isn't a field here. Did you mean “limit”?"]
        assert isinstance(refused.value, BadInput) and not Policy.objects.exists()

    def test_a_name_is_given_once(self, drafted, rosa, now):
        with pytest.raises(Conflict, match="There is a policy called “Ranking” already"):
            draft(rosa, now)

    def test_there_is_one_draft_at_a_time(self, drafted, rosa, now):
        with pytest.raises(Conflict, match="is a draft already"):
            draft_version(actor=rosa, policy=drafted.policy, text=gate_yaml(), now=now)

    def test_a_policy_keeps_its_kind(self, rosa, ruth, now):
        version = published(rosa, ruth, now)
        text = "kind: finding_deadlines\nname: x\nseverities: [{severity: high, meaning: x, days: 2, plan_days: 1}]"
        with pytest.raises(PolicyUnreadable, match="is a gate_policy, and stays one"):
            draft_version(actor=rosa, policy=version.policy, text=text, now=now)

    def test_only_the_author_edits_a_draft(self, drafted, ruth, now):
        with pytest.raises(RuleViolated, match="Only Rosa Ferreira can edit"):
            edit_draft(actor=ruth, version=drafted, text=gate_yaml(), now=now)

    def test_another_may_withdraw_it_and_begin_their_own(self, drafted, ruth, now):
        assert withdraw_draft(actor=ruth, version=drafted, now=now).status == Status.WITHDRAWN
        mine = draft_version(actor=ruth, policy=drafted.policy, text=gate_yaml(), now=now)
        assert (mine.number, mine.author) == (2, ruth)

    def test_what_changed_meanwhile_is_looked_at_again(self, drafted, rosa, now):
        edit_draft(actor=rosa, version=drafted, text=gate_yaml(least="0.6"), now=now)
        with pytest.raises(Stale):
            edit_draft(actor=rosa, version=drafted, text=gate_yaml(), now=now, revision=drafted.revision)

    @pytest.mark.parametrize("name", ["olivia", "dmitri", "victor", "aisha", "adam"])
    def test_setting_policy_is_for_risk_officers(self, name, db, now):
        with pytest.raises(PermissionDenied):
            propose_policy(actor=person(name), text=gate_yaml(), now=now)


class TestPublishing:
    def test_another_person_puts_it_into_force(self, drafted, ruth, now):
        version = publish_version(actor=ruth, version=drafted, now=now)
        assert (version.status, version.published_by, version.effective_from) == (Status.PUBLISHED, ruth, now)
        assert Entry.objects.latest("pk").verb == "policies.version_published"

    def test_the_author_cannot(self, drafted, rosa, now):
        with pytest.raises(RuleViolated, match="You are its author"):
            publish_version(actor=rosa, version=drafted, now=now)

    @pytest.mark.both
    def test_the_database_would_not_let_them_either(self, drafted, ruth, now):
        publish_version(actor=ruth, version=drafted, now=now)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE policies_policyversion SET published_by_id = author_id")

    def test_a_failing_case_keeps_it_a_draft(self, rosa, ruth, now):
        version = draft(rosa, now, expect="failed")
        with pytest.raises(CasesFailed, match="can't be published while “A good ranking” fails") as refused:
            publish_version(actor=ruth, version=version, now=now)
        assert refused.value.errors == {"cases[0]": ["outcome is passed, expected failed."]}
        version.refresh_from_db()
        assert version.status == Status.DRAFT

    def test_a_policy_without_a_case_shows_nothing(self, rosa, ruth, now):
        text = gate_yaml().partition("cases:")[0]
        version = propose_policy(actor=rosa, text=text, now=now).versions.get()
        with pytest.raises(CasesFailed, match="at least one example case"):
            publish_version(actor=ruth, version=version, now=now)

    @pytest.mark.parametrize("asked", ["role: model_owner", "role: nobody", "permission: datasets.add_dataset_x"])
    def test_a_route_asks_only_those_who_may_decide(self, asked, rosa, ruth, now):
        text = default_text("approval_tier_3").replace("role: risk_officer", asked)
        version = propose_policy(actor=rosa, text=text, now=now).versions.get()
        with pytest.raises(RuleViolated, match="Nobody could decide in the stage “Second line”"):
            publish_version(actor=ruth, version=version, now=now)

    @pytest.mark.parametrize("asked", ["role: validator", "permission: findings.verify_finding"])
    def test_a_route_may_ask_anybody_who_may_decide(self, asked, rosa, ruth, now):
        text = default_text("approval_tier_3").replace("role: risk_officer", asked)
        version = propose_policy(actor=rosa, text=text, now=now).versions.get()
        assert publish_version(actor=ruth, version=version, now=now).status == Status.PUBLISHED

    def test_it_cannot_be_published_twice(self, drafted, ruth, now):
        publish_version(actor=ruth, version=drafted, now=now)
        with pytest.raises(IllegalTransition, match="This is published"):
            publish_version(actor=ruth, version=drafted, now=now)

    @pytest.mark.both
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE policies_policyversion SET text = 'other'",
            "UPDATE policies_policyversion SET author_id = published_by_id, published_by_id = author_id",
            "DELETE FROM policies_policyversion",
        ],
    )
    def test_what_is_published_never_changes_whichever_way_one_comes(self, statement, drafted, ruth, now):
        publish_version(actor=ruth, version=drafted, now=now)
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_a_published_version_cannot_be_edited(self, rosa, ruth, now):
        version = published(rosa, ruth, now)
        with pytest.raises(IllegalTransition, match="This is published"):
            edit_draft(actor=rosa, version=version, text=gate_yaml(least="0.1"), now=now)

    def test_the_next_one_supersedes_it_and_names_the_policy(self, rosa, ruth, now):
        first, later = published(rosa, ruth, now), now + timedelta(days=3)
        text = gate_yaml(name="Ranking, stricter", least="0.8")
        second = draft_version(actor=ruth, policy=first.policy, text=text, now=later)
        publish_version(actor=rosa, version=second, now=later)
        first.refresh_from_db()
        assert (first.status, first.effective_to) == (Status.SUPERSEDED, later)
        assert Policy.objects.get().name == "Ranking, stricter"

    def test_the_past_and_the_time_before_its_predecessor_are_refused(self, rosa, ruth, now):
        first = draft(rosa, now)
        with pytest.raises(RuleViolated, match="can't come into force in the past"):
            publish_version(actor=ruth, version=first, now=now, effective_from=now - timedelta(days=1))
        publish_version(actor=ruth, version=first, now=now, effective_from=now + timedelta(days=9))
        second = draft_version(actor=rosa, policy=first.policy, text=gate_yaml(), now=now)
        with pytest.raises(RuleViolated, match="only comes into force then"):
            publish_version(actor=ruth, version=second, now=now)

    def test_two_policies_never_govern_the_same(self, rosa, ruth, now):
        published(rosa, ruth, now, tiers="1, 2")
        rival = draft(rosa, now, name="Rival", tiers="2, 3")
        with pytest.raises(RuleViolated, match="already governs binary_classification, tier 2"):
            publish_version(actor=ruth, version=rival, now=now)
        assert published(rosa, ruth, now, name="Neighbour", tiers="3").status == Status.PUBLISHED


class TestWhatApplies:
    def find(self, at, tier=1, **more):
        return applicable("gate_policy", task="binary_classification", tier=tier, at=at, **more)

    def test_the_version_in_force_at_a_moment_is_found(self, rosa, ruth, now):
        first, later = published(rosa, ruth, now), now + timedelta(days=3)
        second = draft_version(actor=rosa, policy=first.policy, text=gate_yaml(least="0.8"), now=now)
        publish_version(actor=ruth, version=second, now=now, effective_from=later)
        assert self.find(now) == self.find(later - timedelta(seconds=1)) == first
        assert self.find(later) == second

    def test_drafts_do_not_count(self, drafted, now):
        with pytest.raises(NoPolicy, match="No gate policy is in force for task binary_classification, tier 1"):
            self.find(now)

    def test_nothing_applied_before_it_was_published(self, rosa, ruth, now):
        published(rosa, ruth, now)
        with pytest.raises(NoPolicy):
            self.find(now - timedelta(seconds=1))

    def test_a_sectors_own_policy_goes_before_the_general_one(self, rosa, ruth, now):
        general = published(rosa, ruth, now)
        text = gate_yaml(name="Insurance").replace("  tiers: [1]", "  tiers: [1]\n  sectors: [insurance]")
        own = propose_policy(actor=rosa, text=text, now=now).versions.get()
        publish_version(actor=ruth, version=own, now=now)
        assert self.find(now, sector="insurance") == own
        assert self.find(now, sector="banking") == self.find(now) == general


class TestWhatWeShip:
    def test_every_default_comes_into_force_once(self, rosa, ruth, now):
        assert len(install_defaults(rosa, ruth, now)) >= 7 and install_defaults(rosa, ruth, now) == []
        for tier in (1, 2, 3):
            gates = applicable("gate_policy", task="binary_classification", tier=tier, at=now)
            assert isinstance(gates.rules, GatePolicy)
            assert applicable("approval_route", subject_kind="dossier", tier=tier, at=now).rules.stages
            applicable("monitoring_limits", task="binary_classification", tier=tier, at=now)
            for task in ("multiclass", "regression"):
                assert applicable("gate_policy", task=task, tier=tier, at=now).rules.gates
                assert applicable("monitoring_limits", task=task, tier=tier, at=now).rules.indicators
        assert applicable("tiering_method", at=now) and applicable("finding_deadlines", at=now)

    def test_one_person_alone_cannot_install_them(self, rosa, now):
        with pytest.raises(Refused, match="somebody else"):
            install_defaults(rosa, rosa, now)

    def test_they_ask_for_measures_that_exist(self, rosa, ruth, now):
        for version in install_defaults(rosa, ruth, now):
            for item in version.document.get("gates", []) + version.document.get("indicators", []):
                assert definition(item["measure"]).id == item["measure"]

    def test_a_version_read_back_judges_as_it_did_when_typed(self, rosa, ruth, now):
        stored = PolicyVersion.objects.get(pk=published(rosa, ruth, now).pk)
        assert judge(stored.rules, [{"measure": "auc", "value": 0.9}]).outcome == "passed"
        assert judge(stored.rules, [ratio(0.9)]).outcome == "failed"


@pytest.mark.both
def test_of_two_who_publish_rivals_at_once_one_is_refused(own_database, now):
    rosa, ruth = person("rosa"), person("ruth")
    rivals = [draft(rosa, now, name=name) for name in ("One", "Two")]
    told = []

    def publish(version):
        try:
            publish_version(actor=ruth, version=version, now=now)
            told.append("published")
        except RuleViolated:
            told.append("refused")
        finally:
            connections.close_all()

    writers = [threading.Thread(target=publish, args=(version,)) for version in rivals]
    [w.start() for w in writers]
    [w.join() for w in writers]
    assert sorted(told) == ["published", "refused"]
    assert PolicyVersion.objects.filter(status=Status.PUBLISHED).count() == 1
