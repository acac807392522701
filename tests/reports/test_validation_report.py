"""The signed validation report as PDF: the words that were signed, the same bytes each time, for who may see them."""

import hashlib
import io
import re
from datetime import timedelta

import pypdf
import pytest
import time_machine

from apps.audit.models import Entry
from apps.files.services import open_blob
from apps.findings.services import open_finding
from apps.jobs.models import Job
from apps.jobs.running import work_off
from apps.reports.models import Document
from apps.reports.printing import report_pdf
from apps.reports.services import compose_report, signed_report
from apps.validations.models import Validation
from apps.validations.services import open_validation
from tests.approvals.test_api import as_, refused
from tests.builders.versions import approved, evaluated, submitted, validated

IDENTIFIER = b"0123456789abcdef"


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now + timedelta(hours=1)):
        yield


@pytest.fixture
def validation(olivia, dmitri, victor, policies_in_force, now):
    """Concluded, with a finding about the version."""
    version = evaluated(submitted(olivia, dmitri, now), now)
    open_finding(actor=victor, subject=version, title="All ages flatter it", severity="low", now=now)
    validated(version, victor, now, "fit_with_conditions")
    return signed_report(Validation.objects.get().reference)


@pytest.fixture
def file(validation, now):
    _, said = compose_report(validation, now)
    return pypdf.PdfReader(io.BytesIO(report_pdf(said, IDENTIFIER)))


def asks(person, validation, accept="application/pdf"):
    return as_(person).get(f"/api/v1/validations/{validation.reference}/report/", headers={"Accept": accept})


def words(file):
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in file.pages))


def test_it_says_what_was_asked_found_and_concluded_and_who_signed(file, validation):
    printed = words(file)
    report = validation.report
    for question in compose_report(validation, validation.concluded_at)[1]["report"]["questions"]:
        assert question["text"].replace(" ", "") in printed and question["text"] in report
    signature = validation.signature
    for said in (
        "Allagesflatterit",
        "Fitwithconditions:Asitsevidencesays.",
        "Lookedatit.",
        signature.printed_name.replace(" ", ""),
        signature.get_meaning_display().replace(" ", ""),
        "23Nov2026",
        validation.report_digest,
        signature.digest,
    ):
        assert said in printed


def test_it_keeps_both_standards_and_carries_what_was_signed_to_the_last_byte(file, validation):
    root = file.trailer["/Root"]
    packet = root["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in packet and 'pdfaid:conformance="A"' in packet and 'pdfuaid:part="1"' in packet
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    (attached,) = file.attachments["report.json"]
    assert attached == validation.report.encode()
    assert hashlib.sha256(attached).hexdigest() == validation.report_digest == validation.signature.record_digest


def test_rendered_again_it_has_the_same_bytes_whatever_happened_since(validation, now, victor):
    first = report_pdf(compose_report(validation, now)[1], IDENTIFIER)
    open_finding(actor=victor, subject=validation.version, title="Drifts", severity="low", now=now)
    assert report_pdf(compose_report(validation, now)[1], IDENTIFIER) == first


def test_it_is_made_once_by_a_job_and_then_there(validation, dmitri, aisha):
    answer = asks(dmitri, validation)
    assert answer.status_code == 202 and asks(aisha, validation).json()["job"]["id"] == answer.json()["job"]["id"]
    work_off()
    assert Job.objects.get(pk=answer.json()["job"]["id"]).state == "done"
    made, document = asks(aisha, validation), Document.objects.get()
    assert made.status_code == 200 and made["Content-Type"] == "application/pdf"
    with open_blob(document.blob_id) as kept:
        assert b"".join(made.streaming_content) == kept.read()
    told = Entry.objects.get(verb="reports.document_made")
    assert told.root_reference == validation.version.model.reference and document.blob_id in told.payload.body


def test_the_json_is_the_record_that_was_signed(validation, dmitri):
    answer = asks(dmitri, validation, "application/json")
    assert answer.status_code == 200 and hashlib.sha256(answer.content).hexdigest() == validation.report_digest


def test_its_validation_s_page_has_it(client, validation, dmitri):
    client.force_login(dmitri)
    at = validation.get_absolute_url()
    assert "Make the PDF" in client.get(at).content.decode()
    assert client.get(f"{at}report.pdf").url == at
    assert "Make the validation report" in client.get(at).content.decode()
    work_off()
    assert client.get(f"{at}report.pdf")["Content-Type"] == "application/pdf"
    assert client.get(f"{at}report.json").content.decode() == validation.report
    assert client.get(f"{at}report.docx").status_code == 404


@pytest.mark.parametrize("accept", ["application/json", "application/pdf"])
def test_another_unit_s_report_does_not_exist(client, validation, oscar, accept):
    refused(asks(oscar, validation, accept), 404)
    client.force_login(oscar)
    assert client.get(f"{validation.get_absolute_url()}report.pdf").status_code == 404
    assert not Job.objects.filter(kind="reports.render_validation").exists()


def test_before_it_is_signed_there_is_none(client, olivia, dmitri, victor, policies_in_force, now):
    version = evaluated(submitted(olivia, dmitri, now), now)
    validation = open_validation(actor=victor, version=version, scope="Everything", now=now)
    refused(asks(victor, validation), 404)
    client.force_login(victor)
    assert "Make the PDF" not in client.get(validation.get_absolute_url()).content.decode()


def test_what_the_validator_typed_is_text(olivia, dmitri, victor, rosa, ruth, policies_in_force, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    _, said = compose_report(signed_report(version.validations.get().reference), now)
    from apps.reports.printing import report_html

    said["report"]["summary"] = '<img src="http://127.0.0.1/x"><script>1</script>'
    printed = report_html(said)
    assert "<script" not in printed and "&lt;img" in printed
