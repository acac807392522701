"""A dataset's contract: written by one, agreed to by another, held against every version that comes."""

import pytest
from django.core.exceptions import PermissionDenied

from apps.audit.models import Entry
from apps.core.errors import BadInput, Conflict, Gone, IllegalTransition, RuleViolated, UnauditedChange
from apps.core.written import read_text
from apps.datasets.contracts.examples import failing_rows
from apps.datasets.models import CheckResult, Contract, DatasetVersion, Inspection
from apps.datasets.selectors.contracts import courses, history
from apps.datasets.selectors.failing import examples_of
from apps.datasets.selectors.tables import table_path
from apps.datasets.services import checking
from apps.datasets.services.checking import ask_check, check_version
from apps.datasets.services.contracts import (
    ContractUnreadable,
    agree_contract,
    draft_contract,
    edit_contract,
    end_contract,
    withdraw_contract,
)
from apps.datasets.starting import starting_text
from apps.datasets.writing import as_yaml
from apps.evaluations.services import request_evaluation
from apps.findings.models import Finding
from apps.inventory.services.versions import add_version
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.contracts import COLUMNS, contract, drafted, in_force, ours
from tests.builders.datasets import a_dataset, a_version
from tests.builders.inventory import a_model, a_table, scored

GOOD = b"id,amount,state\n1,10.5,BY\n2,20,BE\n3,30,BY\n"
BAD = b"id,amount,state\n1,-10.5,BY\n1,20,BE\n,30,BY\n"


@pytest.fixture
def dataset(dmitri, now):
    return a_dataset(dmitri, now)


@pytest.fixture
def agreed(dmitri, olivia, dataset, now):
    return in_force(dmitri, olivia, dataset, now)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def events_of(reference):
    return list(Entry.objects.filter(subject_reference=reference).order_by("pk").values_list("verb", flat=True))


def test_a_contract_is_agreed_to_by_another_person(dataset, dmitri, olivia, rosa, now):
    draft = drafted(olivia, dataset, now)
    with pytest.raises(RuleViolated, match="You are its author"):
        agree_contract(actor=olivia, contract=draft, now=now)
    with pytest.raises(PermissionDenied):
        agree_contract(actor=dmitri, contract=draft, now=now)
    agreed = agree_contract(actor=rosa, contract=draft, now=now)
    assert (agreed.reference, agreed.status, agreed.agreed_by) == ("CTR-0001", "in_force", rosa)
    assert events_of("CTR-0001") == ["datasets.contract_drafted", "datasets.contract_agreed"]


def test_the_next_contract_ends_the_one_before(dataset, agreed, dmitri, olivia, now):
    second = in_force(dmitri, olivia, dataset, now, contract(version="2.0.0"))
    assert (fresh(agreed).status, fresh(second).status, second.number) == ("superseded", "in_force", 2)
    assert fresh(agreed).ended_at == now


def test_one_draft_at_a_time(dataset, dmitri, olivia, now):
    drafted(dmitri, dataset, now)
    with pytest.raises(Conflict, match="CTR-0001 is a draft already"):
        drafted(olivia, dataset, now)
    withdraw_contract(actor=olivia, contract=Contract.objects.get(), now=now, note="Not now")
    assert drafted(olivia, dataset, now).number == 2


def test_a_draft_is_edited_by_its_author_alone(dataset, dmitri, olivia, now):
    draft = drafted(dmitri, dataset, now)
    with pytest.raises(RuleViolated, match="Only Dmitri"):
        edit_contract(actor=olivia, contract=draft, text=contract(version="1.1.0"), now=now)
    edited = edit_contract(actor=dmitri, contract=draft, text=contract(version="1.1.0"), now=now)
    assert edited.document["version"] == "1.1.0"
    agree_contract(actor=olivia, contract=edited, now=now)
    with pytest.raises(IllegalTransition):
        edit_contract(actor=dmitri, contract=edited, text=contract(), now=now)


def test_what_cannot_be_read_is_no_contract(dataset, dmitri, now):
    with pytest.raises(ContractUnreadable) as refusal:
        draft_contract(actor=dmitri, dataset=dataset, text=contract([{"name": "x", "requird": True}]), now=now)
    ((field, (sentence,)),) = refusal.value.errors.items()
    assert field == "schema[0].properties[0].requird"
    assert sentence.startswith("Line ")
    assert not Contract.objects.exists()


def test_nobody_compares_with_data_they_may_not_see(dataset, dmitri, oscar, now):
    a_version(oscar, now, GOOD, a_dataset(oscar, now, name="Trades"))
    rules = [
        ours("referential", columns=["id"], dataset="DS-0002", to=["id"]),
        ours("distribution", column="amount", against="DS-0002@1", atMost=0.1),
    ]
    with pytest.raises(ContractUnreadable) as refusal:
        drafted(dmitri, dataset, now, contract(quality=rules))
    assert [problem.message for problem in refusal.value.problems] == [
        "There is no DS-0002 here.",
        "There is no DS-0002@1 here.",
    ]


def test_a_contract_in_force_changes_no_more(agreed):
    agreed.text = "other"
    with pytest.raises(UnauditedChange):
        agreed.save()


def test_a_version_that_comes_is_checked(dataset, agreed, dmitri, now):
    version = a_version(dmitri, now, GOOD, dataset)
    assert version.fitness == "waiting"
    assert work_off() == 1
    assert fresh(version).fitness == "passed"
    inspection = Inspection.objects.get()
    assert (inspection.outcome, inspection.rows, inspection.contract, inspection.asked_by) == (
        *("passed", 3, agreed),
        dmitri,
    )
    assert [result.outcome for result in inspection.results.all()] == ["passed"] * 4
    entry = Entry.objects.get(verb="datasets.version_checked")
    assert (entry.subject_reference, entry.cause) == (version.reference, "datasets.version_added")


def test_without_a_contract_nothing_is_checked(dataset, dmitri, now):
    assert a_version(dmitri, now, GOOD, dataset).fitness == "unchecked"
    assert work_off() == 0


def test_a_version_that_breaks_it_is_refused_for_use(dataset, agreed, dmitri, olivia, now):
    version = a_version(dmitri, now, BAD, dataset)
    work_off()
    assert fresh(version).fitness == "refused"
    failed = {result.name: result.failing for result in CheckResult.objects.filter(outcome="failed")}
    assert failed == {"id not null": 1, "id unique": 1, "amount in its range": 1}
    assert Job.objects.get().result["failed"] == list(failed)


def test_a_refused_table_is_no_ground_for_a_model(dmitri, olivia, now):
    model, table = a_model(olivia, now), a_table(dmitri, now)
    columns = [{"name": table.columns[0]["name"], "quality": [{"metric": "nullValues", "mustBeGreaterThan": 0}]}]
    in_force(dmitri, olivia, table.dataset, now, contract(columns))
    draft = add_version(actor=dmitri, model=model, metadata=scored(table), now=now)
    work_off()
    assert fresh(table).fitness == "refused"
    with pytest.raises(BadInput) as refusal:
        add_version(actor=dmitri, model=model, metadata=scored(table, version="2.0.0"), now=now)
    assert refusal.value.errors["metadata.evaluation_data"] == [
        f"{table.reference} breaks its dataset's contract, so it may not be used. Its page says where."
    ]
    with pytest.raises(RuleViolated, match="breaks its dataset's contract"):
        request_evaluation(actor=dmitri, version=draft, now=now, dry_run=True)


def test_a_table_that_is_being_checked_waits(dataset, agreed, dmitri, olivia, now):
    version = a_version(dmitri, now, GOOD, dataset)
    assert "is being checked" in version.why_unfit()
    work_off()
    assert fresh(version).why_unfit() == ""


def test_a_warning_is_noted_and_hinders_nobody(dataset, dmitri, olivia, now):
    rule = {"metric": "nullValues", "mustBe": 0, "severity": "warning"}
    in_force(dmitri, olivia, dataset, now, contract([{"name": "id", "quality": [rule]}]))
    version = a_version(dmitri, now, BAD, dataset)
    work_off()
    assert fresh(version).fitness == "warned"
    assert fresh(version).why_unfit() == ""
    assert not Finding.objects.exists()


def test_a_broken_contract_is_a_finding_once(policies_in_force, dataset, agreed, dmitri, olivia, now):
    version = a_version(dmitri, now, BAD, dataset)
    work_off()
    finding = Finding.objects.get()
    assert (finding.subject_reference, finding.origin, finding.severity) == (version.reference, "contract", "high")
    assert "id not null: expected: no row fails" in finding.description
    ask_check(actor=olivia, version=fresh(version), now=now)
    work_off()
    assert Finding.objects.count() == 1
    assert Inspection.objects.count() == 2


def test_a_contract_that_comes_into_force_is_held_against_what_is_there(dataset, dmitri, olivia, now):
    first, newest = a_version(dmitri, now, GOOD, dataset), a_version(dmitri, now, BAD, dataset)
    in_force(dmitri, olivia, dataset, now)
    work_off()
    assert (fresh(first).fitness, fresh(newest).fitness) == ("unchecked", "refused")


def test_a_check_is_asked_for_again(dataset, agreed, dmitri, olivia, aisha, now):
    version = a_version(dmitri, now, GOOD, dataset)
    work_off()
    first = ask_check(actor=olivia, version=version, now=now)
    assert ask_check(actor=dmitri, version=version, now=now) == first  # one at a time
    work_off()
    assert [row.asked_by for row in version.inspections.all()] == [olivia, dmitri]
    end_contract(actor=olivia, contract=fresh(agreed), now=now, note="No longer delivered")
    with pytest.raises(IllegalTransition, match="no contract in force"):
        ask_check(actor=olivia, version=version, now=now)


def test_a_check_that_cannot_be_done_lets_nobody_use_the_table(dataset, agreed, dmitri, now, monkeypatch):
    version = a_version(dmitri, now, GOOD, dataset)
    table_path(version).unlink()
    work_off()
    assert Job.objects.get().state == "failed"
    assert fresh(version).fitness == "broken"
    assert "could not be checked" in fresh(version).why_unfit()
    assert "datasets.check_failed" in events_of(version.reference)


def test_the_outcome_of_an_older_contract_does_not_undo_that_of_the_newer(dataset, agreed, dmitri, olivia, now):
    version = a_version(dmitri, now, BAD, dataset)
    report = check_version(version)
    assert report.outcome == "refused"
    lenient = in_force(dmitri, olivia, dataset, now, contract([{"name": "id"}]))
    work_off()
    assert fresh(version).fitness == "passed"
    checking.take_in(
        version=fresh(version), contract=fresh(agreed), report=report, asked_by=dmitri, now=now, cause="late"
    )
    assert fresh(version).fitness == "passed"
    assert version.inspections.first().contract != lenient


def test_a_change_the_mode_forbids_refuses_the_version(dataset, dmitri, olivia, now):
    text = contract(COLUMNS[:1], customProperties=[{"property": "compatibility", "value": "forward"}])
    in_force(dmitri, olivia, dataset, now, text)
    a_version(dmitri, now, GOOD, dataset)
    widened = a_version(dmitri, now, b"id,amount,country\n1,10.5,BY\n2,20,BE\n3,30,BY\n", dataset)
    work_off()
    assert fresh(widened).fitness == "refused"
    result = CheckResult.objects.get(name="compatible with DS-0001@1")
    assert result.reason == "“state” is called “country” now."
    assert [change["kind"] for change in result.inspection.changes] == ["renamed"]
    back = a_version(dmitri, now, b"id,amount,state\n4,1,BY\n", dataset)
    work_off()
    assert CheckResult.objects.get(inspection__version=back, name="compatible with DS-0001@1").outcome == "passed"


def test_what_is_compared_with_is_the_newest_that_may_be_used(dataset, dmitri, olivia, now):
    people = a_dataset(dmitri, now, name="People")
    a_version(dmitri, now, b"k,name\n1,a\n2,b\n3,c\n", people)
    rule = ours("referential", columns=["id"], dataset="DS-0002", to=["k"]) | {"name": "known"}
    in_force(dmitri, olivia, dataset, now, contract(quality=[rule]))
    in_force(dmitri, olivia, people, now, contract([{"name": "k", "unique": True, "logicalType": "integer"}]))
    a_version(dmitri, now, b"k,name\n9,a\n9,b\n", people)
    work_off()
    version = a_version(dmitri, now, GOOD, dataset)
    work_off()
    assert fresh(version).fitness == "passed"


def test_evidence_stays(dataset, agreed, dmitri, now):
    a_version(dmitri, now, GOOD, dataset)
    work_off()
    for rows in (Inspection.objects.all(), CheckResult.objects.all()):
        with pytest.raises(UnauditedChange):
            rows.update(outcome="passed")
        with pytest.raises(UnauditedChange):
            rows.delete()


def test_rows_that_fail_are_read_when_they_are_asked_for(dataset, dmitri, olivia, now):
    rows = ours("sql", failingRows="SELECT state, amount FROM loans WHERE amount < 0 -- all") | {"name": "query"}
    in_force(dmitri, olivia, dataset, now, contract(quality=[rows]))
    version = a_version(dmitri, now, BAD, dataset)
    work_off()
    found = {result.name: examples_of(result) for result in CheckResult.objects.filter(outcome="failed")}
    assert found["id not null"].rows == ((3, None),)
    assert found["id unique"].rows == ((2, 1),)
    assert (found["amount in its range"].names, found["amount in its range"].rows) == (
        *(("row of the table", "amount"), ((1, -10.5),)),
    )
    assert (found["query"].names, found["query"].rows) == (("state", "amount"), (("BY", -10.5),))
    assert "-10.5" not in str(list(CheckResult.objects.values())) + str(list(Inspection.objects.values()))
    few = failing_rows(
        *(table_path(version), Contract.objects.get().terms, Contract.objects.get().terms.check("id not null")),
        limit=1,
        as_of=now,
    )
    assert few.complete


def test_gone_rows_are_not_checked(dataset, agreed, dmitri, now):
    version = a_version(dmitri, now, GOOD, dataset)
    work_off()
    version = fresh(version)
    version.status, version.gone_at = DatasetVersion.Status.DISPOSED, now
    with pytest.raises(Gone):
        check_version(version)


def test_the_course_of_a_check_runs_over_versions(dataset, agreed, dmitri, now):
    for content in (GOOD, BAD, GOOD + b"4,4,BY\n"):
        a_version(dmitri, now, content, dataset)
    work_off()
    lines = {line["name"]: line for line in courses(history(dataset))}
    assert lines["id unique"]["values"] == [0, 1, 0]
    assert lines["id unique"]["outcomes"] == ["passed", "failed", "passed"]
    assert lines["compatible with the version before"]["values"] == [None, 0, 0]


def test_a_contract_goes_out_as_it_came_in(dataset, dmitri, olivia, now):
    text = contract(
        servers=[{"server": "x", "type": "local", "path": "a", "format": "csv"}],
        team={"name": "loans", "members": [{"username": "no", "dateIn": "2026-01-01"}]},
        price={"priceAmount": 9.95, "priceCurrency": "EUR"},
        tags=["yes", "1:30", "é", "0123", "null"],
    )
    draft = drafted(dmitri, dataset, now, text)
    assert read_text(as_yaml(draft.exported())).data == draft.document
    agreed = agree_contract(actor=olivia, contract=draft, now=now)
    assert agreed.exported() == {**draft.document, "status": "active"}
    again = a_dataset(dmitri, now, name="Copy")
    assert drafted(dmitri, again, now, as_yaml(agreed.exported())).terms == agreed.terms


def test_a_contract_can_begin_from_what_is_there(dataset, dmitri, now):
    assert drafted(dmitri, a_dataset(dmitri, now, name="Empty"), now, starting_text(dataset)).terms.fields
    a_version(dmitri, now, GOOD, dataset)
    draft = drafted(dmitri, dataset, now, starting_text(dataset))
    assert [(field.name, field.type, field.required) for field in draft.terms.fields] == [
        ("id", "integer", True),
        ("amount", "number", True),
        ("state", "string", True),
    ]


@pytest.mark.both
def test_two_agree_at_once_and_one_contract_is_in_force(dataset, dmitri, olivia, rosa, now):
    in_force(dmitri, olivia, dataset, now)
    draft = drafted(dmitri, dataset, now)
    agree_contract(actor=rosa, contract=draft, now=now)
    with pytest.raises(IllegalTransition):
        agree_contract(actor=olivia, contract=draft, now=now)
    assert Contract.objects.filter(status="in_force").count() == 1


def test_another_unit_neither_sees_nor_writes(dataset, agreed, oscar):
    assert not Contract.objects.visible_to(oscar).exists()
