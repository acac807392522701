"""What a card says is what the rows say."""

import json

import pytest

from apps.core.canonical import canonical, digest
from apps.dossiers.services import accept
from apps.evaluations.selectors import evidence_of
from apps.findings.services import open_finding
from apps.inventory.services.registering import state_limitation
from apps.reports.keys import key_of
from apps.reports.markdown import markdown
from apps.reports.services import compose
from tests.builders.versions import a_draft, approval_of, evaluated, fresh, in_approval, proof, submitted, word


def test_it_has_everything_an_examiner_asks_for(version, card):
    said = card(version)
    assert said["schema"] == "quaestor-card/1" and said["reference"] == "MDL-0001@1.0.0"
    assert said["standing"] == {
        "approved": True,
        "approval": "APR-0001",
        "sentence": "MDL-0001@1.0.0 is approved (APR-0001).",
    }
    assert said["uses"][0]["population"] == "16 to 64"
    assert said["data"][0]["digest"] and said["method"]["algorithm"]
    assert said["validation"]["conclusion"] == "fit"


def test_every_number_keeps_its_interval_its_denominator_and_its_convention(version, card):
    said = card(version)
    (auc,) = [result for result in said["performance"] if result["measure"] == "auc"]
    row = evidence_of(version).results.get(measure="auc")
    assert (auc["value"], auc["low"], auc["high"], auc["n"]) == (row.value, row.low, row.high, row.n)
    assert auc["confidence"] == 0.95 and auc["interval_method"] == row.interval_method
    assert said["measures"]["auc"]["title"] == "Area under the ROC curve"
    assert said["verdict"]["digest"] == evidence_of(version).verdict.digest


def test_signatures_show_name_meaning_moment_and_what_was_signed(version, card):
    (approval,) = card(version)["approvals"]
    first, second = (decision["signature"] for decision in approval["decisions"])
    assert (first["printed_name"], second["printed_name"]) == ("Rosa Ferreira", "Ruth Amsel")
    assert first["meaning"] == "Approved" and first["signed_at"].startswith("2026-11-23T10:00")
    assert len(first["digest"]) == 64 and approval["dossier_digest"] == card(version)["dossier"]["digest"]


def test_the_owner_s_attestation_is_there_with_its_signature(version, card, olivia, now):
    accept(actor=olivia, version=version, statement="For 16 to 64.", reauthentication=proof(olivia, now), now=now)
    (attested,) = card(version)["attestations"]
    assert attested["statement"] == "For 16 to 64."
    assert attested["signature"]["printed_name"] == "Olivia Okafor"


def test_conditions_are_told_until_they_are_verified(
    olivia, dmitri, victor, rosa, ruth, policies_in_force, card, now
):
    version = in_approval(olivia, dmitri, victor, now)
    asked = [{"text": "Retest on 2016 outcomes", "due": "2027-03-01"}]
    approval = approval_of(version)
    word(rosa, approval, now, "approve_with_conditions", conditions=asked)
    word(ruth, approval, now)
    said = card(fresh(version))
    assert said["approvals"][0]["conditions"][0]["text"] == "Retest on 2016 outcomes"
    assert "1 of its conditions" in said["standing"]["sentence"]


def test_a_checkpoint_seals_all_that_it_tells(version, card):
    checkpoint = card(version)["checkpoint"]
    assert checkpoint["size"] > 20 and len(checkpoint["root"]) == 64
    assert str(checkpoint["size"]) in checkpoint["note"].splitlines()


def test_it_is_the_same_until_something_about_the_model_changes(version, now, victor, oscar):
    first = compose(version, now)
    assert compose(version, now).content == first.content == canonical(json.loads(first.content))
    open_finding(actor=victor, subject=version, title="Drifts", severity="low", now=now)
    after = compose(version, now)
    assert after.key.checkpoint_size > first.key.checkpoint_size
    assert [finding["title"] for finding in after.card["findings"]] == ["Drifts"]


def test_what_happens_elsewhere_leaves_its_key(version, now, oscar):
    from apps.inventory.services.registering import register_model

    before = compose(version, now).key
    register_model(actor=oscar, name="Elsewhere", purpose="Another unit's.", business_unit=oscar.units.get(), now=now)
    assert compose(version, now).key == before


def test_before_approval_it_says_so(olivia, dmitri, policies_in_force, card, now):
    version = evaluated(submitted(olivia, dmitri, now), now)
    said = card(version)
    assert said["standing"]["approved"] is False and "never been approved" in said["standing"]["sentence"]
    assert said["dossier"]["signed"] is False and "**NOT APPROVED.**" in markdown(said)


def test_a_draft_without_evidence_has_a_card_that_says_what_is_missing(olivia, dmitri, policies_in_force, card, now):
    said = card(a_draft(olivia, dmitri, now))
    assert said["evaluation"] is None and said["performance"] == [] and said["approvals"] == []
    assert "Nothing has been measured" in markdown(said)


def test_an_approval_that_no_longer_counts_is_not_called_one(version, card, victor, now):
    state_limitation(actor=victor, model=version.model, text="Not above 64", sort="restriction", now=now)
    said = card(version)
    assert said["standing"]["approved"] is False and "ask for a new approval" in said["standing"]["sentence"]
    assert said["restrictions"] == ["Not above 64"]


def test_people_s_rows_stay_behind():
    from apps.evaluations.models import Result
    from apps.reports.content.measured import result

    row = Result(measure="explanation_additivity", family="explanation", n=5, value=0.0, confidence=0.95, status="ok")
    row.series = {"method": "exact", "cases": [{"row": "P0001", "reasons": []}]}
    assert result(row)["series"] == {"method": "exact"}


def test_the_dossier_s_digest_is_the_one_people_signed(version):
    key = key_of(version)
    assert key.signed and key.dossier_digest == digest(json.loads(_record(version)))


def _record(version):
    from apps.dossiers.selectors import latest_approval

    return latest_approval(version).record


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("[here](https://evil.example)", r"[here\](https:\//evil.example)"),
        ("a | b", r"a \| b"),
        ("**bold** and _thin_", r"\*\*bold\*\* and \_thin\_"),
        ("employment_ma", "employment_ma"),
        ("two\nlines", "two lines"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
    ],
)
def test_markdown_shows_what_was_typed_and_obeys_none_of_it(typed, kept):
    from apps.reports.markdown import escaped

    assert escaped(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"), [("# Approved", r"\# Approved"), ("1. One", r"1\. One"), ("- x", r"\- x")]
)
def test_no_line_begins_as_markup(typed, kept):
    from apps.reports.markdown import begun

    assert begun(typed) == kept
