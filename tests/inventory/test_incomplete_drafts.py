"""A draft that a program registers before everything is said: documented, shown, and kept from being judged."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.services.tokens import issue_token
from apps.core.errors import BadInput, RuleViolated
from apps.dossiers.services import submit
from apps.evaluations.services import request_evaluation
from apps.inventory.services.drafts import add_draft, attach_artifact
from apps.inventory.services.registering import add_use, register_model
from apps.inventory.services.versions import change_version
from tests.builders.inventory import a_model, a_table, scored
from tests.conftest import NOW, person

SAID = {"algorithm": "LogisticRegression", "parameters": {"C": "1.0"}, "training_metrics": {"auc": 0.8}}


@pytest.fixture
def model(olivia, now):
    return a_model(olivia, now)


@pytest.fixture
def draft(model, dmitri, now):
    return add_draft(actor=dmitri, model=model, metadata=SAID, now=now)


def test_it_takes_the_next_whole_number(model, draft, dmitri, now):
    assert draft.reference == "MDL-0001@1" and draft.status == "draft"
    assert add_draft(actor=dmitri, model=model, metadata={}, now=now).number == "2"


def test_it_says_what_it_lacks(draft):
    assert {"metadata.task", "metadata.target", "metadata.evaluation_data", "artifact"} <= set(draft.lacks())
    assert draft.said.algorithm == "LogisticRegression"


def test_it_is_neither_evaluated_nor_submitted(policies_in_force, draft, dmitri, now):
    add_use(actor=draft.model.owner, model=draft.model, name="Waiver", now=now)
    for ask in (
        lambda: request_evaluation(actor=dmitri, version=draft, now=now, dry_run=True),
        lambda: submit(actor=dmitri, version=draft, now=now),
    ):
        with pytest.raises(RuleViolated, match=r"not complete yet: .*target") as refusal:
            ask()
        assert "metadata.target" in refusal.value.errors


def test_it_becomes_complete_step_by_step_and_is_never_less(draft, dmitri, now):
    table = a_table(dmitri, now)
    said = scored(table)
    for name in ("task", "target", "reference_data"):
        draft = change_version(actor=dmitri, version=draft, changes={name: said[name]}, now=now)
        assert f"metadata.{name}" not in draft.lacks()
    rest = {name: value for name, value in said.items() if name != "version"}
    draft = change_version(actor=dmitri, version=draft, changes=rest, now=now)
    assert draft.lacks() == {}
    with pytest.raises(BadInput):
        change_version(actor=dmitri, version=draft, changes={"target": None}, now=now)


def test_a_table_that_is_not_there_is_refused_all_the_same(model, draft, dmitri, now):
    with pytest.raises(BadInput, match="There is no table"):
        add_draft(actor=dmitri, model=model, metadata={"training_data": "DS-9999@1"}, now=now)
    with pytest.raises(BadInput, match="There is no table"):
        change_version(actor=dmitri, version=draft, changes={"training_data": "DS-9999@1"}, now=now)


def test_a_figure_that_is_none_is_refused(model, dmitri, now):
    with pytest.raises(BadInput):
        add_draft(actor=dmitri, model=model, metadata={"training_metrics": {"auc": float("nan")}}, now=now)


def test_its_file_can_follow_once(judged_version, dmitri, now):
    model, file = judged_version.model, judged_version.artifact
    draft = add_draft(actor=dmitri, model=model, metadata=SAID, now=now)
    draft = attach_artifact(actor=dmitri, version=draft, artifact=file, now=now)
    assert draft.metadata["format"] == "onnx" and "artifact" not in draft.lacks()
    with pytest.raises(RuleViolated, match="Only a draft without a file"):
        attach_artifact(actor=dmitri, version=draft, artifact=file, now=now)
    skops = add_draft(actor=dmitri, model=model, metadata={"format": "skops"}, now=now)
    with pytest.raises(RuleViolated, match="said to be skops"):
        attach_artifact(actor=dmitri, version=skops, artifact=file, now=now)


def test_the_api_shows_what_is_missing_and_takes_the_file(draft, dmitri, client):
    headers = {"Authorization": f"Token {issue_token(actor=dmitri, now=timezone.now()).secret}"}

    shown = client.get(f"/api/v1/versions/{draft.reference}/", headers=headers)
    assert "metadata.target" in shown.json()["lacks"]
    upload = SimpleUploadedFile("model.onnx", b"\x80\x04no model")
    answer = client.post(
        f"/api/v1/versions/{draft.reference}/artifact/", {"format": "onnx", "artifact": upload}, headers=headers
    )
    assert answer.status_code == 422 and "pickle" in answer.json()["errors"]["artifact"][0]


def test_its_pages_say_what_is_missing(draft, client, dmitri, aisha):
    client.force_login(aisha)
    page = client.get(draft.get_absolute_url())
    assert page.status_code == 200 and "Still to be said" in page.text and "Evaluation data" in page.text
    assert "scored elsewhere" not in page.text
    assert client.get(draft.model.get_absolute_url()).status_code == 200


def test_a_model_without_a_purpose_is_not_submitted(policies_in_force, dmitri, now):
    model = register_model(
        actor=person("olivia"), name="From a notebook", purpose="", business_unit=dmitri.units.get(), now=now
    )
    add_use(actor=model.owner, model=model, name="Waiver", now=now)
    draft = add_draft(actor=dmitri, model=model, metadata={}, now=now)
    said = {k: v for k, v in scored(a_table(dmitri, now)).items() if k != "version"}
    draft = change_version(actor=dmitri, version=draft, changes=said, now=now)
    with pytest.raises(RuleViolated, match="what the model is for"):
        submit(actor=dmitri, version=draft, now=now)
    browser = Client()
    browser.force_login(dmitri)
    assert "not said yet" in browser.get(model.get_absolute_url()).text


@pytest.mark.both
def test_two_at_once_get_a_number_each(own_database):
    model, dmitri = a_model(person("olivia"), NOW), person("dmitri")
    numbers = []

    def register():
        numbers.append(add_draft(actor=dmitri, model=model, metadata={}, now=NOW).number)
        connection.close()

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == ["1", "2", "3", "4"]
