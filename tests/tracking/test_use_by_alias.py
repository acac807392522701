"""Aliases and stages that mean use need an approval that counts; the others are names."""

import pytest

from apps.approvals.services.requests import suspend_approval
from apps.core.errors import RuleViolated
from apps.dossiers.selectors import latest_approval
from apps.dossiers.services import submit

USES = ["champion", "Champion", "production", "live"]


def alias_of(program, alias, version="1", name="Waiver"):
    return program.post("registered-models/alias", name=name, alias=alias, version=version)


@pytest.mark.parametrize("alias", USES)
def test_an_alias_that_means_use_names_the_approval_that_is_missing(client_of_dmitri, registered_version, alias):
    status, said = alias_of(client_of_dmitri, alias)
    assert (status, said["error_code"]) == (403, "PERMISSION_DENIED")
    assert "MDL-0001@1 has no live approval" in said["message"] and "never been approved" in said["message"]


def test_another_alias_is_a_name(client_of_dmitri, registered_version):
    assert alias_of(client_of_dmitri, "challenger")[0] == 200
    assert client_of_dmitri.get("registered-models/alias", name="Waiver", alias="challenger")[1]["model_version"][
        "aliases"
    ] == ["challenger"]
    assert client_of_dmitri.ask("delete", "registered-models/alias", name="Waiver", alias="challenger")[0] == 200
    status, said = client_of_dmitri.get("registered-models/alias", name="Waiver", alias="challenger")
    assert (status, said["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("alias", ["", "latest", "V3", "12", "a b", "a/b", "x" * 300])
def test_a_version_s_own_words_are_no_alias(client_of_dmitri, registered_version, alias):
    assert alias_of(client_of_dmitri, alias)[0] == 400


def test_production_means_use_and_staging_does_not(client_of_dmitri, registered_version):
    one = {"name": "Waiver", "version": "1"}
    status, said = client_of_dmitri.post("model-versions/transition-stage", **one, stage="Production")
    assert status == 403 and "has no live approval" in said["message"]
    assert client_of_dmitri.post("model-versions/transition-stage", **one, stage="staging")[0] == 200
    assert client_of_dmitri.post("model-versions/transition-stage", **one, stage="Nowhere")[0] == 400
    latest = client_of_dmitri.get("registered-models/get-latest-versions", name="Waiver", stages="Staging")[1]
    assert [row["version"] for row in latest["model_versions"]] == ["1"]


def test_archived_retires_nothing(client_of_dmitri, registered_version):
    one = {"name": "Waiver", "version": "1"}
    assert client_of_dmitri.post("model-versions/transition-stage", **one, stage="Archived")[0] == 200
    registered_version.refresh_from_db()
    assert registered_version.status == "draft" and registered_version.registered.stage == "Archived"


def test_the_auditor_and_the_validator_name_nothing(registered_version, program, aisha, victor):
    assert alias_of(program(aisha), "x")[0] == alias_of(program(victor), "x")[0] == 403


def test_a_draft_is_not_submitted_as_it_is(policies_in_force, dmitri, registered_version, now):
    with pytest.raises(RuleViolated, match="not complete yet"):
        submit(actor=dmitri, version=registered_version, now=now)


@pytest.fixture
def one(approved_version):
    return {"name": approved_version.model.name, "version": approved_version.number}


def test_with_a_live_approval_it_is_named_and_suspended_it_is_no_longer(
    approved_version, one, program, dmitri, rosa, now
):

    client_of_dmitri = program(dmitri)
    assert client_of_dmitri.post("registered-models/alias", **one, alias="champion")[0] == 200
    assert client_of_dmitri.post("model-versions/transition-stage", **one, stage="Production")[0] == 200
    asked = {"name": one["name"], "alias": "champion"}
    assert client_of_dmitri.get("registered-models/alias", **asked)[1]["model_version"]["version"] == one["version"]
    suspend_approval(actor=rosa, approval=latest_approval(approved_version), reason="A doubt.", now=now)
    status, said = client_of_dmitri.get("registered-models/alias", **asked)
    assert status == 403 and "suspended" in said["message"]
    latest = client_of_dmitri.get("registered-models/get-latest-versions", name=one["name"], stages="Production")
    assert latest[0] == 403
