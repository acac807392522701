"""Validations, findings and exceptions in a real browser: accessible in light and dark, on desk and phone."""

import pytest
from django.conf import settings
from django.test import Client

from apps.findings.services import agree_plan, open_finding, report_remediation
from apps.policies.installing import install_defaults
from apps.validations.services import open_validation
from tests.builders.exceptions import granted
from tests.builders.versions import evaluated, submitted
from tests.conftest import person

pytestmark = pytest.mark.browser


@pytest.fixture
def people(own_database, now):
    people = {name: person(name) for name in ("olivia", "dmitri", "victor", "rosa", "ruth")}
    install_defaults(people["rosa"], people["ruth"], now)
    return people


@pytest.fixture
def signed_in(page, site, people):
    client = Client()
    client.force_login(people["victor"])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


def test_every_page_fits_everywhere(signed_in, site, people, look_at, now):
    olivia, dmitri, victor, rosa, ruth = people.values()
    version = evaluated(submitted(olivia, dmitri, now), now)
    exemption = granted(dmitri, version, [rosa, ruth], now)
    finding = open_finding(actor=victor, subject=version, title="All ages flatter it", severity="high", now=now)
    finding = agree_plan(actor=dmitri, finding=finding, plan="Retrain on working age", now=now)
    finding = report_remediation(actor=dmitri, finding=finding, note="Retrained", references=["EVL-0001"], now=now)
    validation = open_validation(actor=victor, version=version, scope="Everything", now=now)
    faults = look_at(site + validation.get_absolute_url(), "validation-open")
    validated_version = validated_now(version, victor, now)
    for address, name in (
        ("/findings/", "findings"),
        (finding.get_absolute_url(), "finding"),
        (f"{finding.get_absolute_url()}close/", "finding-close"),
        ("/exceptions/", "exceptions"),
        (exemption.get_absolute_url(), "exception"),
        ("/validations/", "validations"),
        (validation.get_absolute_url(), "validation-report"),
        (validated_version.get_absolute_url(), "version-with-panels"),
    ):
        faults += look_at(site + address, name)
    assert faults == []


def validated_now(version, victor, now):
    from apps.validations.models import Validation
    from apps.validations.questions import questions_for
    from apps.validations.services import answer_questions, conclude
    from tests.builders.versions import fresh, proof

    said = {"answer": "Looked at it.", "assessment": "satisfactory"}
    answers = {question.key: said for question in questions_for(version.model.tier)}
    validation = answer_questions(actor=victor, validation=Validation.objects.get(), answers=answers, now=now)
    conclude(
        actor=victor,
        validation=validation,
        conclusion="fit",
        summary="As its evidence says.",
        reauthentication=proof(victor, now),
        now=now,
    )
    return fresh(version)
