"""What a retirement leaves without a purpose ends with it, and nothing is offered that would be refused."""

from datetime import timedelta

import pytest

from apps.approvals.models import Approval
from apps.core.errors import RuleViolated
from apps.exceptions.models import Exemption
from apps.findings.services import open_finding
from apps.monitoring.models import Alert, Plan
from apps.monitoring.services.windows import close_window
from apps.retirement.services import plan_retirement
from apps.validations.models import Validation
from apps.validations.services import ask_revalidation
from apps.web.waiting import waiting_for
from tests.builders.exceptions import proposed
from tests.builders.monitoring import closed, people, predictions, send, watched
from tests.builders.versions import fresh, word
from tests.conftest import also

pytestmark = pytest.mark.usefixtures("policies_in_force")
DAYS = 30


@pytest.fixture
def version(olivia, dmitri, victor, rosa, ruth, now):
    petra = also(dmitri, "platform_engineer")
    version = watched(olivia, dmitri, victor, rosa, ruth, now, petra=petra)
    start = now - timedelta(days=DAYS)
    send(petra, version.model, predictions(people(seed=1, ages=(60, 90)), start), now)
    closed(petra, version.model, start, now, now)
    ask_revalidation(actor=rosa, version=version, reason="Other people", now=now)
    finding = open_finding(actor=olivia, subject=version, title="Old people", now=now)
    proposed(olivia, finding, now, gate="", sort="risk_acceptance")
    return version


@pytest.fixture
def retired(version, olivia, rosa, ruth, now):
    said = {"reason": "Outlived", "last_day": now.date(), "fallback": "Paper proof"}
    retirement = plan_retirement(actor=olivia, model=version.model, now=now, **said)
    for person in (rosa, ruth):
        word(person, Approval.objects.get(subject_reference=retirement.reference), now)
    assert fresh(version.model).status == "retired"
    return fresh(version)


@pytest.fixture
def read(client, rosa):
    def page(address):
        client.force_login(rosa)
        return client.get(address).content.decode()

    return page


def test_validations_alerts_and_requests_end(version, victor, rosa, olivia, now, request):
    assert Alert.objects.unclosed().exists()
    request.getfixturevalue("retired")
    assert Validation.objects.get(sort="revalidation").status == "abandoned"
    assert not Alert.objects.unclosed().exists()
    assert Exemption.objects.get().status == "refused"
    assert not Approval.objects.filter(status="open").exists()
    for person in (victor, rosa):
        assert [item.what for item in waiting_for(person, now)] == []


def test_nothing_is_asked_for_any_more(retired, read, olivia, now):
    pages = [retired.get_absolute_url(), retired.model.get_absolute_url(), "/monitoring/MDL-0001/"]
    for words in ("Ask for one", "Ask for a revalidation", "Close a window", "Retire it"):
        assert [page for page in pages if words in read(page)] == []
    alert = Alert.objects.first()
    assert "Take note" not in read(alert.get_absolute_url())
    with pytest.raises(RuleViolated, match="is retired"):
        proposed(olivia, retired, now)


def test_its_windows_are_still_there_to_be_read(retired, read, rosa, now):
    assert "WIN-0001" in read("/monitoring/MDL-0001/")
    plan = Plan.objects.get()
    assert "WIN-0001" in read(f"/monitoring/MDL-0001/?plan={plan.reference}")
    with pytest.raises(RuleViolated, match="nothing of it is watched any more"):
        close_window(actor=rosa, model=retired.model, start=now - timedelta(days=1), end=now, now=now, plan=plan)


def test_a_model_s_page_leads_to_its_retirement(version, read, request):
    page = read(version.model.get_absolute_url())
    assert "Retire it" in page and "Ask for one" in read(version.get_absolute_url())
    request.getfixturevalue("retired")
    assert "/retirements/RET-0001/" in read(version.model.get_absolute_url())
