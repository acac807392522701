"""The pages of jobs and notifications as people see them: light, dark, wide and on a phone, and a job that runs."""

import pytest
from django.conf import settings
from django.test import Client

from apps.jobs import services
from apps.jobs.running import carry_out, work_off
from apps.notifications.models import Delivery, Webhook
from apps.notifications.rules import Reminder
from apps.notifications.services import add_webhook, tell_of
from tests.conftest import person
from tests.jobs.errands.kinds import register_all

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def adam(own_database, page, site):
    """An administrator, signed in."""
    register_all()
    adam, client = person("adam"), Client()
    client.force_login(adam)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return adam


def test_pages_are_accessible_in_every_look(adam, now, site, look_at):
    done = services.enqueue("errands.add", now=now, requested_by=adam, numbers=[1, 2])
    failed = services.enqueue("errands.refuse", now=now, requested_by=adam)
    work_off()
    services.enqueue("errands.add", now=now, requested_by=adam, numbers=[3])
    for n in range(3):
        tell_of(Reminder(f"due {n}", (adam,), f"APR-000{n} waits for you until 1 December.", url="/jobs/"), now=now)
    webhook = add_webhook(actor=adam, address="https://example.com/hooks", verbs=["findings."], now=now)
    Delivery.objects.create(webhook=Webhook.objects.get(), seq=1, at=now, status=204, milliseconds=31)
    Delivery.objects.create(webhook=Webhook.objects.get(), seq=2, at=now, error="example.com did not answer.")
    faults = []
    for name, path in [
        ("jobs", "/jobs/"),
        ("job-done", f"/jobs/{done.pk}/"),
        ("job-failed", f"/jobs/{failed.pk}/"),
        ("notifications", "/notifications/"),
        ("webhooks", "/notifications/webhooks/"),
        ("webhook", webhook.get_absolute_url()),
    ]:
        faults += look_at(site + path, name)
    assert not faults


def test_a_job_is_followed_without_touching_the_page(adam, now, site, page):
    job = services.enqueue("errands.add", now=now, requested_by=adam, numbers=[1, 2])
    page.goto(f"{site}/jobs/{job.pk}/")
    assert page.get_by_role("progressbar").is_visible()
    carry_out(job.pk)
    page.get_by_text("Total").wait_for(timeout=15_000)
    assert page.get_by_role("progressbar").count() == 0
