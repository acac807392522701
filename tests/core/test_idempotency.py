"""An Idempotency-Key: however often and however fast a request comes, its effect comes once."""

import json
import threading
from functools import partial

import pytest
from django.db import connection, connections
from django.test import Client

from apps.audit.models import Entry
from apps.core.models import IdempotencyKey
from apps.datasets.models import Dataset
from tests.builders.accounts import a_token, bearing
from tests.conftest import person

RACING = 6


def register(secret, key="one", name="Loans"):
    told = {"headers": {**bearing(secret)["headers"], "Idempotency-Key": key}}
    return Client().post("/api/v1/datasets/", {"name": name}, "application/json", **told)


@pytest.mark.both
def test_of_many_at_once_with_one_key_one_has_the_effect(own_database, now):
    secret, answers = a_token(person("dmitri"), now).secret, []
    start = threading.Barrier(RACING)

    def submit():
        try:
            start.wait()
            answers.append(register(secret))
        finally:
            connections.close_all()

    racing = [threading.Thread(target=submit) for _ in range(RACING)]
    for thread in racing:
        thread.start()
    for thread in racing:
        thread.join()
    connection.close()
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["reference"] for answer in answers if answer.status_code == 201} == {"DS-0001"}
    assert all("in flight" in answer.json()["detail"] for answer in answers if answer.status_code == 409)
    assert (Dataset.objects.count(), IdempotencyKey.objects.count()) == (1, 1)
    assert Entry.objects.filter(verb="datasets.dataset_registered").count() == 1
    assert register(secret).json()["reference"] == "DS-0001"


@pytest.mark.both
class TestOneAfterAnother:
    @pytest.fixture
    def secret(self, dmitri, now):
        return a_token(dmitri, now).secret

    def test_the_answer_is_the_first_one_to_the_letter(self, secret):
        first, again = register(secret), register(secret)
        assert (again.status_code, again.content, again["ETag"]) == (201, first.content, first["ETag"])

    def test_the_same_key_with_another_body_is_422_and_does_nothing(self, secret):
        register(secret)
        answer = register(secret, name="Other")
        assert answer.status_code == 422 and "another body" in answer.json()["detail"]
        assert Dataset.objects.count() == 1

    def test_a_refused_request_does_not_use_its_key_up(self, secret):
        assert register(secret, name="").status_code == 422
        assert not IdempotencyKey.objects.exists()
        assert register(secret).status_code == 201

    def test_another_person_s_key_is_another_key(self, secret, olivia, now):
        register(secret)
        assert register(a_token(olivia, now).secret, name="Other").json()["reference"] == "DS-0002"


class TestWhatIsShownOnce:
    def test_a_secret_is_in_the_first_answer_and_is_not_kept_for_a_second(self, adam, now):
        headers = {**bearing(a_token(adam, now).secret)["headers"], "Idempotency-Key": "one"}
        said = {"address": "https://example.com/hooks", "verbs": ["inventory."]}
        ask = partial(Client().post, "/api/v1/webhooks/", said, "application/json", headers=headers)
        first, again = ask(), ask()
        assert (first.status_code, again.status_code) == (201, 201), first.content
        told = first.json()
        secret = told.pop("secret")
        assert secret not in json.dumps(IdempotencyKey.objects.get().answer)
        assert again.json() == told
