"""The audit log in a browser: accessible in both themes, and not wider than a phone."""

from django.test import Client

from apps.audit.services import record_export
from apps.audit.verification import verify_and_record
from tests.builders.audit import renamed, sealed, some_events
from tests.conftest import person


def test_every_page_is_accessible_in_both_themes_and_on_a_phone(own_database, site, page, look_at, now):
    olivia, aisha = person("olivia"), person("aisha")
    renamed(olivia, some_events(olivia, now, 3)[0], now)
    record_export(actor=aisha, now=now)
    sealed(now)
    verify_and_record(by=aisha.reference, now=now)
    client = Client()
    client.force_login(aisha)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    faults = []
    for name, path in {
        "log": "/audit/",
        "event": "/audit/events/3/",
        "new event": "/audit/events/0/",
        "exports": "/audit/exports/",
        "export": "/audit/exports/EXP-0001/",
    }.items():
        faults += look_at(site + path, f"audit {name}")
    assert faults == []
