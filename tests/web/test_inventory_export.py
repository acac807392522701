"""The inventory goes out with what a supervisor asks of each model (OSFI E-23, appendix 1), at a constant cost."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests.builders.inventory import a_model
from tests.builders.versions import approved

pytestmark = pytest.mark.usefixtures("policies_in_force")


def exported(client):
    answer = client.get("/models/export.csv")
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_tells_who_reviewed_who_approved_and_on_which_data(client, olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    client.force_login(olivia)
    (row,) = exported(client)
    assert row["Reference"] == version.model.reference and row["Latest version"] == "1.0.0"
    assert (row["Reviewer"], row["Approver"]) == ("Victor Lindqvist", "Rosa Ferreira; Ruth Amsel")
    assert row["Data sources"] == "DS-0001@1" and row["Uses"] == "Waive the paper proof"
    assert row["Last review"] == "2026-11-23" and row["In production since"] == ""


def test_costs_the_same_queries_however_many_models(client, olivia, now):
    client.force_login(olivia)
    a_model(olivia, now, name="First")
    exported(client)
    with CaptureQueriesContext(connection) as few:
        exported(client)
    for number in range(20):
        a_model(olivia, now, name=f"Model {number}")
    with CaptureQueriesContext(connection) as many:
        exported(client)
    assert len(many) == len(few)


def test_a_character_that_xml_can_t_write_breaks_it_for_nobody(client, olivia, now):
    a_model(olivia, now, name="Waiver\x0bof\x1fproof")
    client.force_login(olivia)
    answer = client.get("/models/export.xlsx")
    assert answer.status_code == 200
    [sheet] = load_workbook(io.BytesIO(answer.content)).worksheets
    assert sheet["B2"].value == "Waiverofproof"
