"""An auditor reads all and can change nothing, at any route."""

from django.test import Client

from apps.audit.models import Entry
from tests.builders.addresses import every_address, filled, operations

# The auditor's own log-in, tokens, inbox and exports, as the design lists them; and a verification changes nothing.
THEIR_OWN = {
    "/api/v1/tokens/",
    "/api/v1/notifications/read/",
    "/api/v1/audit/exports/",
    "/api/v1/audit/verifications/",
}
OWN_PAGES = (
    *("/login/", "/logout/", "/reauthenticate/", "/password/", "/2fa/", "/profile/", "/welcome/"),
    *("/notifications/", "/audit/exports/", "/audit/verification/", "/models/views/", "/theme/"),
)


def address_of(path):
    return filled(path) if "{" in path else path


def test_they_read_everything(world, aisha, client):
    client.force_login(aisha)
    refused = []
    for path, _, said in operations("get"):
        address = address_of(path)
        if address is None:
            continue
        form = next(iter(said["responses"]["200"].get("content", {"*/*": 0})))
        answer = client.get(address, headers={"Accept": f"{form}, application/json"})
        if answer.status_code in (401, 403, 405, 500):
            refused.append((address, answer.status_code))
    assert not refused


def test_the_api_takes_no_change_from_them(world, aisha, client):
    client.force_login(aisha)
    told, taken = Entry.objects.count(), []
    for path, method, _ in operations("post", "put", "patch", "delete"):
        address = address_of(path)
        if address is None or path in THEIR_OWN:
            continue
        answer = client.generic(method.upper(), address, "{}", "application/json", headers={"If-Match": '"1"'})
        of_a_part = "{number}" in path or "{upstream}" in path  # the world has no such part, so it is 404
        if answer.status_code != 403 and not (of_a_part and answer.status_code == 404):
            taken.append((method, address, answer.status_code))
    assert not taken
    assert Entry.objects.count() == told


def test_no_page_takes_a_change_from_them(world, aisha):
    client = Client(raise_request_exception=False)
    client.force_login(aisha)
    told, taken = Entry.objects.count(), []
    for address in every_address():
        if address.startswith(("/api/", "/health/", *OWN_PAGES)):
            continue
        answer = client.post(address, {})
        # 403, nothing there, no such method; or a page that only reads, whatever the method
        if answer.status_code >= 500 or answer.status_code in (201, 202, 302, 303):
            taken.append((address, answer.status_code))
    assert not taken
    assert Entry.objects.count() == told
