"""Validating on pages: taking on, answering, concluding with a signature, and the report that stays."""

import pytest

from apps.validations.models import Validation
from apps.validations.questions import questions_for
from tests.builders.versions import approved, fresh, validated

pytestmark = pytest.mark.usefixtures("policies_in_force")


@pytest.fixture
def version(evaluated_version):
    return evaluated_version


def take_on(client, person, version):
    client.force_login(person)
    client.post(f"/versions/{version.reference}/validations/new/", {"scope": "Data, fairness, stability"})
    return Validation.objects.get()


def answers(validation, **changed):
    said = {"revision": validation.revision}
    for question in questions_for(validation.version.model.tier):
        said |= {f"answer_{question.key}": "Looked at it.", f"assessment_{question.key}": "satisfactory"}
    return {**said, **changed}


def test_a_validator_goes_from_the_version_to_a_signed_report(client, version, victor):
    assert "Take it on" in _page(client, victor, version.get_absolute_url())
    validation = take_on(client, victor, version)
    at = validation.get_absolute_url()
    assert client.post(at, answers(validation)).url == at
    signs = {"conclusion": "fit", "summary": "As its evidence says.", "password": "victor"}
    assert client.post(f"{at}conclusion/", signs).url == at
    page = client.get(at).content.decode()
    assert "read-only" in page and fresh(validation).report_digest in page and "Keep the answers" not in page
    assert fresh(version).status == "in_approval"


def test_half_an_answer_is_refused_and_kept_on_the_page(client, version, victor):
    validation = take_on(client, victor, version)
    page = client.post(validation.get_absolute_url(), answers(validation, assessment_purpose="")).content.decode()
    assert "Give an answer, and an assessment" in page and "Looked at it." in page
    assert fresh(validation).answers == {}


def test_a_wrong_password_concludes_nothing_and_keeps_the_summary(client, version, victor):
    validation = take_on(client, victor, version)
    client.post(validation.get_absolute_url(), answers(validation))
    signs = {"conclusion": "fit", "summary": "As its evidence says.", "password": "guess"}
    page = client.post(f"{validation.get_absolute_url()}conclusion/", signs).content.decode()
    assert "not your password" in page and "As its evidence says." in page


def test_what_is_typed_is_kept_when_one_signs_at_once(client, version, victor):
    validation = take_on(client, victor, version)
    at = validation.get_absolute_url()
    signs = {"conclusion": "fit", "summary": "As its evidence says.", "password": "guess"}
    page = client.post(f"{at}conclusion/", {**answers(validation), **signs}).content.decode()
    assert "not your password" in page and page.count("Looked at it.") == len(fresh(validation).answers) > 0
    typed = answers(fresh(validation), answer_purpose="Looked at it again.", **signs)
    assert client.post(f"{at}conclusion/", {**typed, "password": "victor"}).url == at
    assert "Looked at it again." in fresh(validation).report


def test_keeping_answers_keeps_a_conclusion_that_was_begun(client, version, victor):
    validation = take_on(client, victor, version)
    typed = {**answers(validation), "conclusion": "fit_with_conditions", "summary": "As far as I have come."}
    page = client.post(validation.get_absolute_url(), typed).content.decode()
    assert "Your answers are kept" in page and "As far as I have come." in page
    assert f'name="revision" value="{fresh(validation).revision}"' in page


def test_half_an_answer_signs_nothing(client, version, victor):
    validation = take_on(client, victor, version)
    signs = {"conclusion": "fit", "summary": "As its evidence says.", "password": "victor"}
    typed = {**answers(validation, assessment_purpose=""), **signs}
    page = client.post(f"{validation.get_absolute_url()}conclusion/", typed).content.decode()
    assert "Give an answer, and an assessment" in page and "As its evidence says." in page
    assert fresh(validation).status == "open" and fresh(validation).answers == {}


def test_what_is_missing_is_named_by_its_question(client, version, victor):
    validation = take_on(client, victor, version)
    signs = {"conclusion": "fit", "summary": "As its evidence says.", "password": "victor"}
    page = client.post(f"{validation.get_absolute_url()}conclusion/", signs).content.decode()
    assert "first: Does the model answer the question that its use asks?" in page


def test_no_question_is_called_optional(client, version, victor):
    validation = take_on(client, victor, version)
    assert ">optional<" not in client.get(validation.get_absolute_url()).content.decode()


def test_an_address_that_only_takes_what_is_sent_says_so(client, version, victor):
    validation = take_on(client, victor, version)
    answer = client.get(f"{validation.get_absolute_url()}conclusion/")
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    assert "use its buttons" in answer.content.decode()


def test_a_signed_report_takes_no_more_answers(client, version, victor, now):
    validated(version, victor, now)
    validation = Validation.objects.get()
    client.force_login(victor)
    client.post(validation.get_absolute_url(), answers(validation, answer_purpose="Otherwise"))
    assert fresh(validation).answers["purpose"]["answer"] == "Looked at it."


def test_others_read_it_and_change_nothing(client, version, victor, dmitri, oscar):
    validation = take_on(client, victor, version)
    assert "Keep the answers" not in _page(client, dmitri, validation.get_absolute_url())
    assert client.post(validation.get_absolute_url(), answers(validation)).status_code == 403
    client.force_login(oscar)
    assert client.get(validation.get_absolute_url()).status_code == 404


def test_a_revalidation_is_asked_for_from_the_version(client, olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    client.force_login(rosa)
    client.post(f"/versions/{version.reference}/revalidation/new/", {"reason": "It drifts"})
    assert "It drifts" in _page(client, victor, Validation.objects.get(sort="revalidation").get_absolute_url())
    assert "Revalidation" in _page(client, victor, "/validations/")


def _page(client, person, address):
    client.force_login(person)
    return client.get(address).content.decode()
