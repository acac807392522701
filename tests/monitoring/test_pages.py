from datetime import timedelta

import pytest

from apps.deployments.services import stop
from apps.monitoring.models import Alert
from apps.monitoring.selectors import watched
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from tests.builders.monitoring import closed, outcomes, people, predictions, send


@pytest.fixture
def window(petra, rosa, model, month, now):
    """Known people in the month, and older ones for another use."""
    rows = people(400, seed=41)
    send(petra, model, predictions(rows, month[0] + timedelta(days=1)), now)
    send(petra, model, outcomes(rows, now - timedelta(hours=1)), now, "outcomes")
    old = people(300, seed=42, ages=(55, 74))
    send(petra, model, predictions(old, month[0] + timedelta(days=2), use="home equity release"), now)
    return closed(rosa, model, *month, now)


@pytest.fixture
def read(client, rosa):
    client.force_login(rosa)
    return lambda url: client.get(url).content.decode()


def test_with_nothing_in_production_the_pages_say_what_would_be_there(policies_in_force, read):
    assert "Nothing is watched yet" in read("/monitoring/")
    assert "No alert" in read("/monitoring/alerts/")


def test_a_model_with_a_plan_and_no_window_says_so(version, read):
    assert "none closed yet" in read("/monitoring/")
    assert "No window closed yet" in read("/monitoring/MDL-0001/")


def test_the_overview_names_the_last_window_and_the_open_alerts(window, read):
    page = read("/monitoring/")
    assert "Employment verification waiver" in page and "Beyond limits" in page and "red)" in page


def test_a_model_s_page_shows_courses_windows_and_alerts(window, read):
    page = read("/monitoring/MDL-0001/")
    assert "Ranking power" in page and "WIN-0001" in page and "not approved" in page
    assert "Unapproved use “home equity release”" in page


def test_a_window_s_page_shows_each_use_beside_the_reference(window, read):
    everything = read("/monitoring/windows/WIN-0001/")
    assert "All uses" in everything and "Population stability" in everything
    other = read("/monitoring/windows/WIN-0001/?use=home equity release")
    assert "Use not approved" in other and "Not known yet" in other and "age" in other
    waiver = read("/monitoring/windows/WIN-0001/?use=Waive the paper proof")
    assert "Area under the" in waiver or "AUC" in waiver


def test_an_alert_s_page_says_it_in_a_sentence_and_offers_what_one_may_do(window, read, client, olivia):
    alert = Alert.objects.get(indicator="Drift")
    page = read(f"/monitoring/alerts/{alert.reference}/")
    assert alert.sentence in page.replace("&quot;", '"') and "Open a finding" in page and "Close" in page
    client.force_login(olivia)
    assert "closure" not in client.get(f"/monitoring/alerts/{alert.reference}/").content.decode()


def test_an_alert_is_answered_by_form(window, client, rosa):
    alert = Alert.objects.get(indicator="Approved uses")
    client.force_login(rosa)
    base = f"/monitoring/alerts/{alert.reference}/"
    for action in ("acknowledgement", "finding", "revalidation", "closure"):
        alert.refresh_from_db()
        answer = client.post(f"{base}{action}/", {"note": "Seen", "revision": alert.revision})
        assert (answer.status_code, answer.url) == (302, base), action
    page = client.get(base).content.decode()
    assert "FND-0001" in page and "VAL-0002" in page and "Closed" in page


def test_a_window_is_closed_by_form_in_whole_days(petra, rosa, model, month, now, client):
    client.force_login(rosa)
    first, last = month[0].date(), (month[1] - timedelta(days=1)).date()
    answer = client.post("/monitoring/MDL-0001/close/", {"start": first.isoformat(), "end": last.isoformat()})
    assert answer.status_code == 302 and answer.url.startswith("/jobs/")
    wrong = client.post("/monitoring/MDL-0001/close/", {"start": last.isoformat(), "end": "2020-01-01"})
    assert "ends after it starts" in wrong.content.decode()


def test_the_model_s_own_page_has_a_panel(window, read):
    assert "Monitoring" in read("/models/MDL-0001/") and "WIN-0001" in read("/models/MDL-0001/")


def test_and_says_how_many_alerts_it_leaves_out(window, model, read, monkeypatch):
    monkeypatch.setattr("apps.monitoring.panels.SHOWN", 1)
    said = (
        f'1 of {model.alerts.count()} alerts that are not closed · <a href="/monitoring/alerts/?model=MDL-0001">All'
    )
    assert said in read("/models/MDL-0001/")


def test_people_of_the_second_line_and_the_owner_are_told(window, olivia, victor, now):
    read_ledger(now=now)
    told = Notification.objects.filter(sentence__contains="Unapproved use")
    assert {row.recipient.email.partition("@")[0] for row in told} >= {"olivia", "victor", "rosa", "ruth"}


def test_another_unit_sees_none_of_it(window, client, oscar):
    client.force_login(oscar)
    assert "waiver" not in client.get("/monitoring/").content.decode()
    for url in ("/monitoring/MDL-0001/", "/monitoring/windows/WIN-0001/", "/monitoring/alerts/ALR-0001/"):
        assert client.get(url).status_code == 404


def test_the_overview_costs_a_constant_number_of_queries(window, client, rosa, django_assert_max_num_queries):
    client.force_login(rosa)
    with django_assert_max_num_queries(25):
        client.get("/monitoring/")


def test_silence_of_what_runs_is_shown_and_what_is_stopped_may_be_silent(version, olivia, now):
    later = now + timedelta(days=40)
    assert not watched(olivia, now)[0].silent
    assert watched(olivia, later)[0].silent
    stop(actor=olivia, deployment=version.deployments.get(), reason="Not needed", now=now)
    assert not watched(olivia, later)[0].silent
