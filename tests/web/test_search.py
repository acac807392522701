"""Search finds what one may see, and leads only where one may go."""

import re

from tests.builders.inventory import a_model


def links(client, person, words):
    client.force_login(person)
    page = client.get("/search/", {"q": words}).content.decode()
    assert words in page.partition("</form>")[2]
    return re.findall(r'href="(/people/[^"]+)"', page.partition("</form>")[2])


def test_a_colleague_is_found_and_is_no_link_to_a_page_that_is_closed(client, olivia, rosa):
    assert links(client, olivia, "Ferreira") == []


def test_one_s_own_page_and_that_of_whom_one_keeps_are(client, olivia, rosa, adam, aisha):
    for person, words in ((olivia, "Okafor"), (adam, "Ferreira"), (aisha, "Ferreira")):
        [address] = links(client, person, words)
        assert client.get(address).status_code == 200


def test_a_model_is_a_link(client, olivia, now):
    model = a_model(olivia, now)
    client.force_login(olivia)
    assert model.get_absolute_url() in client.get("/search/", {"q": "waiver"}).content.decode()
