"""Pipelines on pages."""

import pytest

from apps.pipelines.models import Pipeline
from apps.pipelines.services import writing
from tests.builders.datasets import a_dataset
from tests.builders.inventory import a_model
from tests.builders.pipelines import TRAINING, a_pipeline, in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiver(olivia, dmitri, now):
    a_dataset(dmitri, now)
    return a_model(olivia, now, developers=[dmitri])


def test_a_pipeline_is_proposed_checked_and_published(client, waiver, dmitri, victor):
    client.force_login(dmitri)
    checked = client.post("/pipelines/new/", {"text": TRAINING, "check": "1"})
    assert "this is what would run" in checked.text and not Pipeline.objects.exists()
    refused = client.post("/pipelines/new/", {"text": TRAINING.replace("data: fetch", "data: fetsh")})
    assert refused.status_code == 422 and "Did you mean “fetch”?" in refused.text and "fetsh" in refused.text
    assert client.post("/pipelines/new/", {"text": TRAINING}).url == "/pipelines/PL-0001/"
    assert "Not in force" in client.get("/pipelines/PL-0001/").text
    assert "somebody else has to publish it" in client.get("/pipelines/PL-0001/versions/1/publish/").text
    client.force_login(victor)
    assert client.post("/pipelines/PL-0001/versions/1/publish/", {"revision": 1}).status_code == 302
    assert "Version 1 in force" in client.get("/pipelines/PL-0001/").text
    assert "Waiver, trained again" in client.get("/pipelines/").text


def test_two_versions_are_compared_line_by_line(client, waiver, dmitri, victor, now):
    pipeline = in_force(dmitri, victor, now)
    writing.draft_version(actor=dmitri, pipeline=pipeline, text=TRAINING.replace("3}", "4}"), now=now)
    client.force_login(victor)
    page = client.get("/pipelines/PL-0001/diff/?to=2").text
    assert "1 line added, 1 removed" in page


def test_pausing_and_taking_over_say_what_follows(client, waiver, dmitri, victor, olivia, now):
    in_force(dmitri, victor, now)
    client.force_login(olivia)
    assert "Nothing starts it" in client.get("/pipelines/PL-0001/pause/").text
    client.post("/pipelines/PL-0001/pause/", {"revision": Pipeline.objects.get().revision, "note": "Broken data"})
    assert Pipeline.objects.get().status == "paused"
    assert client.get("/pipelines/PL-0001/takeover/").status_code == 403


def test_a_list_of_pipelines_costs_the_same_however_long(client, waiver, dmitri, now, django_assert_max_num_queries):
    for number in range(6):
        a_pipeline(dmitri, now, TRAINING.replace("trained again", f"again {number}"))
    client.force_login(dmitri)
    client.get("/pipelines/")
    with django_assert_max_num_queries(14):
        client.get("/pipelines/")
