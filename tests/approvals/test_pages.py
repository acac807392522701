"""Approvals in pages: the inbox, the record, the panel in which one decides and signs, conditions, lent seats."""

from datetime import timedelta

import pytest
import time_machine

from apps.approvals.models import Approval, Decision, Delegation
from apps.approvals.readable import people_in, with_names
from apps.approvals.services.delegations import delegate
from apps.approvals.services.requests import withdraw_approval
from apps.audit.selectors import names
from apps.findings.services import open_finding
from tests.builders.versions import approval_of, fresh, word
from tests.conftest import also

pytestmark = pytest.mark.usefixtures("policies_in_force")
CONDITION = [{"text": "Retest on 2016 outcomes", "due": "2026-12-20"}]


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now + timedelta(hours=1)):
        yield


@pytest.fixture
def version(version_in_approval):
    return version_in_approval


@pytest.fixture
def approval(version):
    return approval_of(version)


def see(client, person, address):
    client.force_login(person)
    return client.get(address).content.decode()


def types(client, person, approval, **said):
    client.force_login(person)
    typed = {
        "decision": "approve",
        "reason": "Convinced by the evidence.",
        "dossier_digest": approval.dossier_digest,
        "password": person.email.partition("@")[0],
    }
    return client.post(approval.get_absolute_url(), {**typed, **said})


def test_the_inbox_begins_with_what_waits_for_me(client, approval, rosa, aisha):
    assert approval.title in see(client, rosa, "/approvals/")
    assert "Nothing waits for you" in see(client, aisha, "/approvals/?show=mine")
    assert approval.title in see(client, aisha, "/approvals/")


def test_another_unit_sees_neither_the_line_nor_the_page(client, approval, oscar):
    assert approval.title not in see(client, oscar, "/approvals/?show=open")
    assert client.get(approval.get_absolute_url()).status_code == 404


def test_the_page_shows_the_whole_record(client, approval, version, rosa):
    page = see(client, rosa, approval.get_absolute_url())
    for part in (version.reference, "Waive the paper proof", "passed_near_limit", approval.dossier_digest):
        assert part in page


def test_the_record_names_its_people_and_keeps_the_reference_that_is_signed(client, approval, olivia, victor, rosa):
    page = see(client, rosa, approval.get_absolute_url())
    for person in (olivia, victor):
        assert f"{person.name} ({person.reference})" in page


def test_a_record_s_people_cost_one_query_however_many_they_are(olivia, dmitri, victor, django_assert_num_queries):
    record = {"owner": olivia.reference, "heard": [victor.reference, {"by": dmitri.reference}], "note": "USR-1 said"}
    with django_assert_num_queries(1):
        shown = with_names(record, names(people_in(record)))
    assert shown["heard"][1]["by"] == f"{dmitri.name} ({dmitri.reference})" and shown["note"] == "USR-1 said"


def test_deciding_takes_one_post(client, approval, rosa):
    answer = types(client, rosa, approval)
    assert (answer.status_code, answer.url) == (302, approval.get_absolute_url())
    assert Decision.objects.get().reason == "Convinced by the evidence."
    assert "You have decided on this already." in see(client, rosa, approval.get_absolute_url())


def test_a_condition_is_typed_into_a_row(client, approval, rosa):
    rows = {"condition_2": "Retest on 2016 outcomes", "due_2": "2026-12-20"}
    assert types(client, rosa, approval, decision="approve_with_conditions", **rows).status_code == 302
    assert approval.conditions.get().text == "Retest on 2016 outcomes"


def test_a_row_s_refusal_stands_beside_it_and_nothing_typed_is_lost(client, approval, rosa):
    rows = {"condition_2": "Retest on 2016 outcomes", "due_2": "2026-11-01"}
    page = types(client, rosa, approval, decision="approve_with_conditions", **rows)
    assert page.context["form"].errors["due_2"] and "Retest on 2016 outcomes" in page.content.decode()


def test_a_condition_that_is_missing_is_asked_for_where_one_sees_it(client, approval, rosa):
    page = types(client, rosa, approval, decision="approve_with_conditions").content.decode()
    before, _, after = page.partition("Conditions and exceptions")
    assert "<details open>" in before[-60:] and 'aria-invalid="true"' in after.partition("Password")[0]


def test_a_wrong_password_is_said_on_its_field_and_the_reason_is_kept(client, approval, rosa):
    page = types(client, rosa, approval, password="guess").content.decode()
    assert "That is not your password." in page and "Convinced by the evidence." in page and "guess" not in page


def test_a_record_that_changed_is_told_and_the_panel_closes(client, approval, version, rosa, victor, now):
    open_finding(actor=victor, subject=version, title="Leak", severity="high", now=now)
    page = types(client, rosa, approval).content.decode()
    assert "went back" in page and fresh(approval).status == Approval.Status.RETURNED


@pytest.mark.parametrize(
    ("name", "why"), [("olivia", "Your roles"), ("aisha", "Your roles"), ("victor", "You validated it")]
)
def test_who_can_t_decide_reads_why_and_is_refused(client, approval, request, name, why):
    person = request.getfixturevalue(name)
    assert why in see(client, person, approval.get_absolute_url())
    assert types(client, person, approval).status_code == 422 and not Decision.objects.exists()


def test_who_signs_what_was_taken_back_meanwhile_reads_so_and_finds_the_words(client, approval, dmitri, rosa, now):
    withdraw_approval(actor=dmitri, approval=approval, reason="A mistake", now=now)
    answer = types(client, rosa, approval, reason="Convinced, after two days of reading.")
    page = answer.content.decode()
    assert answer.status_code == 422 and not Decision.objects.exists()
    assert "Nothing was signed." in page and "This is withdrawn." in page
    assert "Convinced, after two days of reading." in page and "password" not in page


def test_what_can_t_be_taken_back_any_more_has_no_form_for_it(client, approval, dmitri, now):
    withdraw_approval(actor=dmitri, approval=approval, reason="A mistake", now=now)
    client.force_login(dmitri)
    answer = client.get(f"{approval.get_absolute_url()}withdrawal/")
    assert answer.status_code == 409 and "is withdrawn" in answer.content.decode()


def test_a_blocking_finding_closes_the_choices_and_says_why(client, olivia, dmitri, victor, rosa, now):
    from tests.builders.versions import evaluated, submitted, validated

    version = submitted(olivia, dmitri, now)
    open_finding(actor=victor, subject=version, title="Leak", severity="high", now=now)
    approval = approval_of(validated(evaluated(version, now), victor, now))
    page = see(client, rosa, approval.get_absolute_url())
    assert "stands in the way: Leak" in page and page.count("something stands in the way") == 2
    assert types(client, rosa, approval, decision="send_back").status_code == 302


class TestAfterwards:
    @pytest.fixture
    def granted(self, approval, rosa, ruth, now):
        word(rosa, approval, now, "approve_with_conditions", conditions=CONDITION)
        word(ruth, approval, now)
        return fresh(approval)

    def test_it_is_suspended_and_restored_with_a_reason(self, client, granted, rosa):
        client.force_login(rosa)
        at = granted.get_absolute_url()
        said = {"reason": "Complaints", "revision": granted.revision}
        assert client.post(f"{at}suspension/", said).url == at
        assert "Complaints" in client.get(at).content.decode()
        said = {"reason": "Looked into", "revision": fresh(granted).revision}
        client.post(f"{at}lifting/", said)
        assert fresh(granted).status == Approval.Status.APPROVED_WITH_CONDITIONS

    def test_a_condition_is_fulfilled_by_one_and_verified_by_another(self, client, granted, dmitri, victor):
        at = f"{granted.get_absolute_url()}conditions/1/"
        client.force_login(dmitri)
        condition = granted.conditions.get()
        said = {"note": "AUC 0.79", "references": "EVL-0001, the minutes", "revision": condition.revision}
        client.post(f"{at}fulfilment/", said)
        condition = fresh(condition)
        assert condition.evidence == {"references": ["EVL-0001", "the minutes"]}
        assert client.get(f"{at}verification/").status_code == 403
        client.force_login(victor)
        assert "AUC 0.79" in client.get(f"{at}verification/").content.decode()
        client.post(f"{at}verification/", {"note": "Repeated it", "revision": condition.revision})
        assert fresh(condition).status == "verified"

    def test_what_is_not_here_shows_nothing(self, client, granted, dmitri):
        client.force_login(dmitri)
        condition = granted.conditions.get()
        said = {"note": "AUC 0.79", "references": "EVL-0001, EVL-9999", "revision": condition.revision}
        page = client.post(f"{granted.get_absolute_url()}conditions/1/fulfilment/", said).content.decode()
        assert "There is no EVL-9999 here." in page and "EVL-0001 here" not in page
        assert fresh(condition).status == "open"

    def test_a_late_condition_is_marked(self, client, granted, rosa, now):
        with time_machine.travel(now + timedelta(days=40)):
            assert "Overdue" in see(client, rosa, granted.get_absolute_url())


def test_a_seat_is_lent_and_taken_back(client, rosa, ruth):
    client.force_login(rosa)
    typed = {"deputy": ruth.pk, "role": "risk_officer", "reason": "On leave", "ends_at": "2026-12-01T00:00"}
    client.post("/approvals/delegations/", typed)
    delegation = Delegation.objects.get()
    page = client.get("/approvals/delegations/").content.decode()
    assert "On leave" in page and "Risk officer" in page and "risk_officer<" not in page
    client.post(f"/approvals/delegations/{delegation.reference}/ending/")
    assert fresh(delegation).ended_at


def test_a_deputy_reads_in_whose_place_they_sign(client, approval, rosa, ruth, adam, now):
    deputy, until = also(adam, "validator"), now + timedelta(days=9)
    delegate(actor=rosa, deputy=deputy, role="risk_officer", reason="On leave", ends_at=until, now=now)
    said = f"You decide and sign in place of <b>{rosa.name}</b>"
    assert said in see(client, deputy, approval.get_absolute_url())
    assert said in see(client, deputy, f"/versions/{approval.subject_reference}/")
    assert "in place of" not in see(client, ruth, approval.get_absolute_url())


def test_an_auditor_reads_who_lent_to_whom_and_lends_nothing(client, aisha):
    assert "Lend it" not in see(client, aisha, "/approvals/delegations/")
    assert client.post("/approvals/delegations/", {}).status_code == 403


def test_a_page_of_the_inbox_costs_the_same_whatever_its_length(
    client, approval, aisha, django_assert_max_num_queries
):
    client.force_login(aisha)
    with django_assert_max_num_queries(16):
        client.get("/approvals/?show=open")
