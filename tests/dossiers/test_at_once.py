"""A validation is concluded in the moment in which its version is sent back: one comes after the other."""

import threading

import pytest
from django.db import OperationalError, connections
from psycopg.errors import DeadlockDetected

from apps.core.doors.problems import problem_details
from apps.core.errors import Refused
from apps.dossiers.services import return_version
from apps.inventory.models import ModelVersion
from apps.policies.installing import install_defaults
from apps.validations import services
from apps.validations.models import Validation
from apps.validations.questions import questions_for
from tests.builders.versions import evaluated, fresh, proof, submitted
from tests.conftest import person

pytestmark = pytest.mark.both


def test_neither_waits_for_the_other_for_ever(own_database, now, monkeypatch):
    olivia, dmitri, victor, rosa, ruth = map(person, ("olivia", "dmitri", "victor", "rosa", "ruth"))
    install_defaults(rosa, ruth, now)
    version = evaluated(submitted(olivia, dmitri, now), now)
    validation = services.open_validation(actor=victor, version=version, scope="Everything", now=now)
    said = {"answer": "Looked at it.", "assessment": "satisfactory"}
    answers = {question.key: said for question in questions_for(version.model.tier)}
    validation = services.answer_questions(actor=victor, validation=validation, answers=answers, now=now)
    sent_back, concluding, errors = threading.Event(), threading.Event(), []
    check, move = services._require_answers, ModelVersion.move_to

    def hold_the_validation(row):
        concluding.set()
        sent_back.wait(2)
        check(row)

    def hold_the_version(row, status):
        sent_back.set()
        move(row, status)

    monkeypatch.setattr(services, "_require_answers", hold_the_validation)
    monkeypatch.setattr(ModelVersion, "move_to", hold_the_version)

    def at_once(do):
        try:
            do()
        except Refused:
            pass
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    def conclude():
        proved = proof(victor, now)
        services.conclude(
            actor=victor, validation=validation, conclusion="fit", summary="Fine", reauthentication=proved, now=now
        )

    def send_back():
        concluding.wait(10)
        return_version(actor=rosa, version=version, reason="Which rows?", now=now)

    both = [threading.Thread(target=at_once, args=(do,)) for do in (conclude, send_back)]
    [one.start() for one in both]
    [one.join() for one in both]
    assert errors == []
    came_to = fresh(version).status, Validation.objects.get().status
    assert came_to in (("in_approval", "concluded"), ("draft", "abandoned"))


def test_a_deadlock_that_comes_all_the_same_is_a_conflict():
    error = OperationalError("deadlock detected")
    error.__cause__ = DeadlockDetected("deadlock detected")
    assert problem_details(error, {}).status_code == 409
