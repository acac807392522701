"""The inbox over the API and on its page."""

import pytest

from apps.notifications.models import Notification, Preference
from apps.notifications.rules import Reminder
from apps.notifications.services import tell_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def notification(rosa, ruth, now):
    tell_of(Reminder("due", (rosa, ruth), "APR-0001 waits for you.", url="/jobs/"), now=now)
    return Notification.objects.get(recipient=rosa)


def test_the_api_lists_ones_own_and_marks_them_read(notification, rosa, client):
    client.force_login(rosa)
    [listed] = client.get("/api/v1/notifications/?read_at__isnull=true").json()["results"]
    assert (listed["sentence"], listed["read_at"]) == ("APR-0001 waits for you.", None)
    read = client.post(f"/api/v1/notifications/{notification.pk}/read/").json()
    assert read["read_at"] is not None
    assert client.get("/api/v1/notifications/?read_at__isnull=true").json()["results"] == []
    assert client.post("/api/v1/notifications/read/").json() == {"read": 0}


def test_another_persons_do_not_exist(notification, olivia, client):
    client.force_login(olivia)
    assert client.post(f"/api/v1/notifications/{notification.pk}/read/").status_code == 404
    assert client.get(f"/notifications/{notification.pk}/").status_code == 404


def test_the_bell_counts_what_is_new_and_going_there_reads_it(notification, rosa, client):
    client.force_login(rosa)
    assert "Notifications, 1 new" in client.get("/notifications/").content.decode()
    answer = client.get(f"/notifications/{notification.pk}/")
    assert (answer.status_code, answer.url) == (302, "/jobs/")
    assert "1 new" not in client.get("/notifications/").content.decode()


def test_all_are_marked_read_by_a_button(notification, rosa, ruth, client):
    client.force_login(rosa)
    client.post("/notifications/read/")
    assert list(Notification.objects.unread().values_list("recipient__name", flat=True)) == ["Ruth Amsel"]


def test_an_empty_inbox_says_what_would_be_here(olivia, client):
    client.force_login(olivia)
    assert "something waits for you" in client.get("/notifications/").content.decode()


def test_how_often_mail_comes_is_chosen_here(rosa, client):
    client.force_login(rosa)
    client.post("/notifications/mail/", {"mail": "at_once"})
    assert Preference.objects.get(user=rosa).mail == "at_once"
