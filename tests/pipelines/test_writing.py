"""A pipeline's text: written by one, put into force by another, never changed afterwards."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.core.errors import Conflict, IllegalTransition, RuleViolated
from apps.files.services import store_bytes
from apps.pipelines.models import Pipeline, PipelineVersion
from apps.pipelines.services import keeping, writing
from tests.builders.datasets import a_dataset
from tests.builders.inventory import a_model
from tests.builders.pipelines import TRAINING, a_pipeline, in_force
from tests.conftest import also

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiver(olivia, dmitri, now):
    """A model and the dataset that the pipeline takes."""
    a_dataset(dmitri, now)
    return a_model(olivia, now, developers=[dmitri])


def test_it_is_a_draft_until_somebody_else_publishes_it(waiver, dmitri, victor, now):
    pipeline = a_pipeline(dmitri, now)
    draft = pipeline.versions.get()
    assert (pipeline.reference, draft.reference, pipeline.in_force()) == ("PL-0001", "PL-0001@1", None)
    with pytest.raises(RuleViolated, match="its author"):
        writing.publish_version(actor=dmitri, version=draft, now=now)
    writing.publish_version(actor=victor, version=draft, now=now)
    assert pipeline.in_force() == draft


def test_the_next_version_takes_the_place_of_the_one_before(waiver, dmitri, victor, now):
    pipeline = in_force(dmitri, victor, now)
    second = writing.draft_version(actor=dmitri, pipeline=pipeline, text=TRAINING.replace("3}", "4}"), now=now)
    assert pipeline.in_force().number == 1
    writing.publish_version(actor=victor, version=second, now=now)
    assert [version.status for version in pipeline.versions.order_by("number")] == ["superseded", "published"]


def test_only_the_author_edits_a_draft(waiver, dmitri, olivia, now):
    draft = a_pipeline(dmitri, now).versions.get()
    writing.edit_draft(actor=dmitri, version=draft, text=TRAINING + "# more\n", now=now)
    with pytest.raises(RuleViolated, match="Only Dmitri Petrov can edit"):
        writing.edit_draft(actor=also(olivia, "ml_engineer"), version=draft, text=TRAINING, now=now)


def test_there_is_one_draft_at_a_time(waiver, dmitri, victor, now):
    pipeline = a_pipeline(dmitri, now)
    with pytest.raises(Conflict, match="is a draft already"):
        writing.draft_version(actor=dmitri, pipeline=pipeline, text=TRAINING, now=now)
    writing.withdraw_draft(actor=dmitri, version=pipeline.versions.get(), now=now)
    assert writing.draft_version(actor=dmitri, pipeline=pipeline, text=TRAINING, now=now).number == 2


def test_what_was_published_is_neither_edited_nor_withdrawn(waiver, dmitri, victor, now):
    version = in_force(dmitri, victor, now).versions.get()
    for change in (
        lambda: writing.edit_draft(actor=dmitri, version=version, text=TRAINING, now=now),
        lambda: writing.withdraw_draft(actor=dmitri, version=version, now=now),
        lambda: writing.publish_version(actor=victor, version=version, now=now),
    ):
        with pytest.raises(IllegalTransition):
            change()


@pytest.mark.both
def test_the_database_keeps_what_was_reviewed(waiver, dmitri, victor, now):
    in_force(dmitri, victor, now)
    for statement in (
        "UPDATE pipelines_pipelineversion SET text = 'other'",
        "DELETE FROM pipelines_pipelineversion",
        "UPDATE pipelines_pipelineversion SET author_id = published_by_id",
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("before", "after", "field", "said"),
    [
        ("MDL-0001", "MDL-0404", "model", "There is no model MDL-0404 here."),
        ("dataset: DS-0001", "dataset: DS-0404", "steps[0].dataset", "There is no DS-0404 here."),
        ("data: fetch", "data: DS-0404@1", "steps[1].data", "There is no DS-0404@1 here."),
        (
            "data: fetch",
            "data: fetch\n    into: {train: DS-0404}",
            "steps[1].into.train",
            "There is no DS-0404 here.",
        ),
        ("{positive_label: 1}", "{}", "steps[3].metadata.positive_label", "says which label counts as positive"),
        ("{positive_label: 1}", "{positive: 1}", "steps[3].metadata.positive", "no such field"),
        ("{positive_label: 1}", "{positive_label: 1, protected: [{}]}", "steps[3].metadata.protected", "needed"),
        (
            "parameters: {depth: 3}",
            "parameters: {depth: 3}\ntriggers: {new_data: [DS-0404]}",
            "triggers.new_data[0]",
            "There is no DS-0404 here.",
        ),
        (
            "parameters: {depth: 3}",
            f"parameters: {{depth: 3}}\nenvironment: {{lock: {'a' * 64}}}",
            "environment.lock",
            "No file of this digest",
        ),
    ],
)
def test_what_it_names_has_to_be_there(before, after, field, said, waiver, dmitri, now):
    with pytest.raises(writing.PipelineUnreadable) as refused:
        writing.propose_pipeline(actor=dmitri, text=TRAINING.replace(before, after), now=now)
    assert said in refused.value.errors[field][0]
    assert not Pipeline.objects.exists()


def test_nobody_writes_for_a_model_of_another_unit(waiver, dmitri, oscar, now):
    with pytest.raises(writing.PipelineUnreadable, match="no model MDL-0001"):
        writing.propose_pipeline(actor=also(oscar, "ml_engineer"), text=TRAINING, now=now)
    assert not PipelineVersion.objects.visible_to(oscar).exists()


def test_a_script_is_named_by_the_digest_of_a_file_sent_for_the_model(waiver, olivia, dmitri, now):
    blob = store_bytes(b"print('hello')")
    other = a_model(olivia, now, name="Another")
    step = f"  - {{name: run, kind: command, script: {{digest: {blob.pk}}}}}\n"
    text = f"name: Commands\nmodel: MDL-0001\nsteps:\n{step}"
    keeping.send_file(actor=dmitri, model=other, blob=blob, name="run.py", now=now)
    with pytest.raises(writing.PipelineUnreadable, match="No file of this digest was sent for MDL-0001"):
        writing.propose_pipeline(actor=dmitri, text=text, now=now)
    _, new = keeping.send_file(actor=dmitri, model=waiver, blob=blob, name="run.py", now=now)
    _, again = keeping.send_file(actor=dmitri, model=waiver, blob=blob, name="run.py", now=now)
    assert (new, again) == (True, False)
    assert writing.propose_pipeline(actor=dmitri, text=text, now=now)


def test_a_pipeline_is_paused_resumed_and_taken_over(waiver, dmitri, victor, olivia, now):
    pipeline = in_force(dmitri, victor, now)
    assert keeping.pause(actor=olivia, pipeline=pipeline, now=now).status == "paused"
    with pytest.raises(IllegalTransition):
        keeping.pause(actor=olivia, pipeline=pipeline, now=now)
    assert keeping.resume(actor=olivia, pipeline=pipeline, now=now).status == "active"
    with pytest.raises(PermissionDenied):
        keeping.take_over(actor=olivia, pipeline=pipeline, now=now)
    olivia = also(olivia, "ml_engineer")
    assert keeping.take_over(actor=olivia, pipeline=pipeline, now=now).owner == olivia
    with pytest.raises(RuleViolated, match="yours already"):
        keeping.take_over(actor=olivia, pipeline=pipeline, now=now)


class TestTheApi:
    def post(self, client, address, body="{}", kind="application/json"):
        return client.post(f"/api/v1/pipelines/{address}", body, content_type=kind)

    def test_from_yaml_to_force(self, client, waiver, dmitri, victor):
        client.force_login(dmitri)
        made = self.post(client, "", TRAINING, "text/yaml")
        assert made.status_code == 201, made.json()
        assert (made.json()["draft"], made.json()["in_force"], made.json()["model"]) == (
            "PL-0001@1",
            None,
            "MDL-0001",
        )
        assert self.post(client, "PL-0001/publication/").status_code == 422
        client.force_login(victor)
        answer = self.post(client, "PL-0001%401/publication/", '{"note": "Read it."}')
        assert (answer.status_code, answer.json()["status"]) == (201, "published"), answer.json()
        assert client.get("/api/v1/pipelines/PL-0001/").json()["in_force"] == "PL-0001@1"
        assert client.get("/api/v1/pipelines/PL-0001@1/").json()["text"] == TRAINING
        assert self.post(client, "PL-0001/publication/").status_code == 409

    def test_errors_are_told_by_line(self, client, waiver, dmitri):
        client.force_login(dmitri)
        answer = self.post(client, "", TRAINING.replace("data: fetch", "data: fetsh"), "text/yaml")
        assert (answer.status_code, answer.json()["code"]) == (422, "pipeline_unreadable")
        assert answer.json()["lines"][0]["line"] == 10 and "Did you mean “fetch”?" in answer.json()["detail"]

    def test_a_script_is_sent_once(self, client, waiver, dmitri):
        from django.core.files.uploadedfile import SimpleUploadedFile

        client.force_login(dmitri)
        for status in (201, 200):
            body = {"model": "MDL-0001", "file": SimpleUploadedFile("train.py", b"print(1)")}
            answer = client.post("/api/v1/pipelines/files/", body)
            assert (answer.status_code, answer.json()["name"]) == (status, "train.py")

    def test_who_works_elsewhere_sees_nothing(self, client, waiver, dmitri, oscar, now):
        a_pipeline(dmitri, now)
        client.force_login(oscar)
        assert client.get("/api/v1/pipelines/").json()["results"] == []
        for address in ("PL-0001/", "PL-0001@1/", "PL-0001/versions/"):
            assert client.get(f"/api/v1/pipelines/{address}").status_code == 404
