"""Versions as far on their way as a test needs them, reached the way the product reaches it."""

from apps.accounts.reauthentication import reauthenticate
from apps.approvals.models import Approval
from apps.approvals.services.decisions import decide
from apps.dossiers.services import submit
from apps.evaluations.services import complete
from apps.validations.questions import questions_for
from apps.validations.services import answer_questions, conclude, open_validation
from tests.builders.inventory import a_model, a_scored_version
from tests.builders.policies import default

WORKING_AGE = "Working age, where the point passes and the lower bound does not"
ALL_AGES = "All ages, where the worst group is far below four fifths"


def results(case=WORKING_AGE):
    """The results of an example case of the shipped gate policy, in the API's shape."""
    cases = {case.name: case for case in default("gates_binary_classification").cases}
    shared = {
        "family": "performance",
        "measure_version": 1,
        "confidence": 0.95,
        "interval_method": "example",
        "dataset_digest": "0" * 64,
        "status": "ok",
        "value": None,
        "n": 0,
    }
    return [{**shared, **dict(result)} for result in cases[case].results]


def proof(person, now):
    return reauthenticate(user=person, password=person.email.partition("@")[0], now=now)


def a_draft(olivia, dmitri, now, name="Employment verification waiver", **said):
    model = a_model(olivia, now, name=name, uses=[{"name": "Waive the paper proof", "population": "16 to 64"}])
    return a_scored_version(dmitri, model, now, **said)


def submitted(olivia, dmitri, now, **said):
    version = a_draft(olivia, dmitri, now, **said)
    submit(actor=dmitri, version=version, now=now)
    return fresh(version)


def evaluated(version, now, case=WORKING_AGE):
    """Its evaluation's job is done, with these results."""
    evaluation = version.submissions.latest("pk").evaluation
    complete(
        evaluation=evaluation,
        results=results(case),
        predictions=None,
        reference_predictions=None,
        engine={},
        now=now,
    )
    return fresh(version)


def validated(version, victor, now, conclusion="fit"):
    validation = open_validation(actor=victor, version=version, scope="Everything", now=now)
    said = {"answer": "Looked at it.", "assessment": "satisfactory"}
    answers = {question.key: said for question in questions_for(version.model.tier)}
    validation = answer_questions(actor=victor, validation=validation, answers=answers, now=now)
    conclude(
        actor=victor,
        validation=validation,
        conclusion=conclusion,
        summary="As its evidence says.",
        reauthentication=proof(victor, now),
        now=now,
    )
    return fresh(version)


def in_approval(olivia, dmitri, victor, now, **said):
    return validated(evaluated(submitted(olivia, dmitri, now, **said), now), victor, now)


def approval_of(version):
    return Approval.objects.get(subject_reference=version.reference, status="open")


def word(person, approval, now, decision="approve", **said):
    said = {"reason": "Convinced.", "dossier_digest": approval.dossier_digest, **said}
    return decide(
        actor=person, approval=approval, decision=decision, reauthentication=proof(person, now), now=now, **said
    )


def approved(olivia, dmitri, victor, rosa, ruth, now, **said):
    version = in_approval(olivia, dmitri, victor, now, **said)
    approval = approval_of(version)
    word(rosa, approval, now)
    word(ruth, approval, now)
    return fresh(version)


def fresh(row):
    return type(row).objects.get(pk=row.pk)
