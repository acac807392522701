"""The card over the API and on its pages: negotiated, asked for once, made by a job, and seen by who may see it."""

import json
from datetime import timedelta

import pypdf
import pytest
import time_machine

from apps.audit.models import Entry
from apps.core.canonical import canonical
from apps.files.services import open_blob
from apps.findings.services import open_finding
from apps.jobs.models import Job
from apps.jobs.running import work_off
from apps.reports.models import Document
from apps.reports.services import compose, request_card
from tests.approvals.test_api import as_, refused


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now + timedelta(hours=1)):
        yield


def asks(person, version, accept="application/pdf", at="@"):
    reference = version.reference.replace("@", at)
    return as_(person).get(f"/api/v1/versions/{reference}/card/", headers={"Accept": accept})


@pytest.mark.parametrize("at", ["@", "%40"])
def test_as_data(version, dmitri, at):
    answer = asks(dmitri, version, "application/json", at)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/json"
    assert canonical(json.loads(answer.content)) == answer.content


def test_as_text(version, dmitri):
    answer = asks(dmitri, version, "text/markdown")
    assert answer.status_code == 200 and answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.content.decode().startswith("# Model card: Employment verification waiver 1.0.0")


def test_the_pdf_is_rendered_by_a_job_and_then_there(version, dmitri):
    answer = asks(dmitri, version)
    assert answer.status_code == 202 and answer["Content-Type"] == "application/json"
    assert answer["Retry-After"] and answer["Location"] == f"/api/v1/jobs/{answer.json()['job']['id']}/"
    work_off()
    job = Job.objects.get(pk=answer.json()["job"]["id"])
    assert job.state == "done", job.error
    made = asks(dmitri, version)
    assert made.status_code == 200 and made["Content-Type"] == "application/pdf"
    assert b"".join(made.streaming_content).startswith(b"%PDF-")
    assert Document.objects.get().blob_id == job.result["sha256"]


def test_what_is_attached_is_what_the_api_gives(version, dmitri):
    asks(dmitri, version)
    work_off()
    document = Document.objects.get()
    with open_blob(document.blob_id) as file:
        (attached,) = pypdf.PdfReader(file).attachments["card.json"]
    assert attached == asks(dmitri, version, "application/json").content


def test_asked_for_twice_it_is_rendered_once(version, dmitri, victor):
    first, second = asks(dmitri, version).json(), asks(victor, version).json()
    assert first["job"]["id"] == second["job"]["id"]
    work_off()
    assert asks(victor, version).status_code == 200 and Document.objects.count() == 1


def test_a_change_makes_another_document_and_keeps_the_first(version, dmitri, victor, now):
    asks(dmitri, version)
    work_off()
    open_finding(actor=victor, subject=version, title="Drifts", severity="low", now=now)
    assert asks(dmitri, version).status_code == 202
    work_off()
    assert asks(dmitri, version).status_code == 200
    assert Document.objects.values("blob").distinct().count() == 2


def test_the_ledger_tells_of_the_document(version, dmitri):
    asks(dmitri, version)
    work_off()
    entry = Entry.objects.get(verb="reports.document_made")
    assert entry.root_reference == version.model.reference
    assert Document.objects.get().blob_id in entry.payload.body


def test_another_form_is_not_to_be_had(version, dmitri):
    answer = asks(dmitri, version, "image/png")
    assert answer.status_code == 406 and answer.json()["status"] == 406


@pytest.mark.parametrize("accept", ["application/json", "text/markdown", "application/pdf"])
def test_another_unit_s_card_does_not_exist(version, oscar, accept):
    refused(asks(oscar, version, accept), 404)
    assert not Job.objects.filter(kind="reports.render").exists()


def test_an_auditor_reads_it(version, aisha):
    assert asks(aisha, version, "application/json").status_code == 200


def test_where_pango_is_missing_the_job_says_what_to_install(version, dmitri, monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *rest):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest)

    job = asks(dmitri, version).json()["job"]["id"]
    monkeypatch.setattr(builtins, "__import__", without)
    work_off()
    monkeypatch.undo()
    assert "apt-get install libpango-1.0-0" in Job.objects.get(pk=job).error


class TestPages:
    def test_the_version_s_page_leads_to_it(self, version, client, dmitri):
        client.force_login(dmitri)
        assert f"/versions/{version.reference}/card/" in client.get(version.get_absolute_url()).content.decode()

    def test_it_shows_the_card(self, version, client, dmitri):
        client.force_login(dmitri)
        page = client.get(f"/versions/{version.reference}/card/").content.decode()
        assert "Ranking power" in page and "Rosa Ferreira" in page and "Make the PDF" in page

    def test_the_pdf_is_asked_for_and_then_downloaded(self, version, client, dmitri):
        client.force_login(dmitri)
        address = f"/versions/{version.reference}/card.pdf"
        assert client.get(address).status_code == 302
        assert "Make the model card" in client.get(f"/versions/{version.reference}/card/").content.decode()
        work_off()
        answer = client.get(address)
        assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]

    def test_data_and_text_are_downloads(self, version, client, dmitri):
        client.force_login(dmitri)
        for ending, first in (("json", b"{"), ("md", b"#")):
            answer = client.get(f"/versions/{version.reference}/card.{ending}")
            assert answer.content.startswith(first) and "attachment" in answer["Content-Disposition"]
        assert client.get(f"/versions/{version.reference}/card.exe").status_code == 404

    def test_another_unit_s_page_does_not_exist(self, version, client, oscar):
        client.force_login(oscar)
        assert client.get(f"/versions/{version.reference}/card/").status_code == 404
        assert client.get(f"/versions/{version.reference}/card.pdf").status_code == 404


def test_a_name_that_changed_since_moves_nothing_under_a_pinned_key(version, dmitri, victor, now):
    """The ledger knows people by reference, so a new name is no new state: the card is the one that was pinned."""
    first = compose(version, now)
    request_card(actor=dmitri, version=version, key=first.key, now=now)
    work_off()
    victor.name = "Victor Lind"
    victor.save()
    assert compose(version, now).content == first.content
