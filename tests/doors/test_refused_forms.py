"""A form that is refused answers 422 in every room, and shows again what was typed."""

import pytest

from tests.builders.findings import open_one
from tests.builders.monitoring import watched
from tests.conftest import also

pytestmark = pytest.mark.usefixtures("policies_in_force")
TYPED = "What was typed with care"
FORMS = {  # address: a field whose words must not be lost
    "/models/new/": "purpose",
    "/models/MDL-0001/change/": "purpose",
    "/models/MDL-0001/intake/": "reason",
    "/models/MDL-0001/uses/new/": "population",
    "/models/MDL-0001/retire/": "fallback",
    "/findings/new/?subject=MDL-0001": "description",
    "/exceptions/new/?subject=MDL-0001": "compensating_controls",
    "/versions/MDL-0001@1.0.0/revalidation/new/": "",
    "/monitoring/MDL-0001/close/": "",
    "/policies/new/?kind=tiering_method": "text",
    "/datasets/new/": "description",
}


@pytest.fixture
def world(olivia, dmitri, victor, rosa, ruth, now):
    version = watched(olivia, dmitri, victor, rosa, ruth, now, petra=also(dmitri, "platform_engineer"))
    open_one(olivia, now, version)


def test_every_room_answers_one_way(world, rosa, client, subtests):
    client.force_login(also(rosa, "model_owner"))
    for address, field in FORMS.items():
        with subtests.test(address):
            answer = client.post(address, {field or "csrfmiddlewaretoken": TYPED})
            assert answer.status_code == 422
            assert not field or TYPED in answer.content.decode()


def test_a_page_that_is_only_looked_at_is_200(world, rosa, client):
    client.force_login(rosa)
    assert client.get("/models/?search=waiver&tier=nine").status_code == 200
