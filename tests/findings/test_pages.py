"""Findings on pages: opened from a model, planned, mended, closed by another; and exceptions beside them."""

from datetime import date

import pytest

from apps.exceptions.models import Exemption
from apps.findings.models import Finding
from tests.builders.exceptions import granted
from tests.builders.versions import fresh, submitted

pytestmark = pytest.mark.usefixtures("policies_in_force")


@pytest.fixture
def version(olivia, dmitri, now):
    return submitted(olivia, dmitri, now)


def _page(client, person, address):
    client.force_login(person)
    return client.get(address).content.decode()


def test_a_finding_goes_its_whole_way(client, version, victor, dmitri):
    assert "Open a finding" in _page(client, victor, version.model.get_absolute_url())
    typed = {"title": "All ages flatter it", "severity": "high", "origin": "validation"}
    client.post(f"/findings/new/?subject={version.reference}", typed)
    finding = Finding.objects.get()
    at = finding.get_absolute_url()
    assert "All ages flatter it" in _page(client, dmitri, version.get_absolute_url())
    client.post(f"{at}plan/", {"plan": "Retrain on working age", "revision": finding.revision})
    wrong = {"note": "Retrained", "references": "MDL-0001@9.9.9", "revision": fresh(finding).revision}
    assert "There is no MDL-0001@9.9.9 here." in client.post(f"{at}evidence/", wrong).content.decode()
    said = {"note": "Retrained", "references": "MDL-0001@1.0.0", "revision": fresh(finding).revision}
    client.post(f"{at}evidence/", said)
    shown = _page(client, victor, at)
    assert "MDL-0001@1.0.0" in shown and "UTC</time><span>Retrained" in shown
    client.post(f"{at}refusal/", {"note": "Of all ages still", "revision": fresh(finding).revision})
    assert fresh(finding).status == "planned" and "was not convinced" in _page(client, victor, at)


def test_nothing_is_opened_about_what_one_can_t_see(client, version, oscar):
    client.force_login(oscar)
    assert client.get(f"/findings/new/?subject={version.reference}").status_code == 404
    assert client.get("/findings/new/").status_code == 404


def test_the_list_counts_and_narrows(client, version, victor, oscar):
    client.force_login(victor)
    client.post(
        f"/findings/new/?subject={version.reference}", {"title": "Leak", "severity": "high", "origin": "audit"}
    )
    assert "Leak" in client.get("/findings/?severity=high").content.decode()
    assert "No finding matches" in client.get("/findings/?severity=low").content.decode()
    assert "Leak" not in _page(client, oscar, "/findings/")


def test_an_exception_is_asked_for_and_revoked(client, version, dmitri, rosa, ruth, now):
    client.force_login(dmitri)
    typed = {
        "sort": "waiver",
        "gate": "Four-fifths rule",
        "reason": "A pilot",
        "compensating_controls": "By hand",
        "expires_on": date(2027, 1, 31).isoformat(),
    }
    client.post(f"/exceptions/new/?subject={version.reference}", typed)
    assert "A pilot" in _page(client, rosa, Exemption.objects.get().get_absolute_url())
    exemption = granted(dmitri, version, [rosa, ruth], now)
    assert "Counts today" in _page(client, rosa, "/exceptions/")
    client.post(f"{exemption.get_absolute_url()}revocation/", {"reason": "No", "revision": exemption.revision})
    assert fresh(exemption).status == "revoked"
    assert "Exceptions" in _page(client, rosa, version.get_absolute_url())
