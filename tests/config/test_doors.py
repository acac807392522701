"""What holds for every page and every answer."""

import pytest
from django.test import Client


@pytest.fixture
def docs(db):
    return Client().get("/api/docs/")


def test_pages_load_nothing_from_elsewhere_and_no_inline_code(docs):
    policy = docs["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy


def test_pages_are_not_framed_sniffed_or_compressed(docs):
    assert docs["X-Frame-Options"] == "DENY"
    assert docs["X-Content-Type-Options"] == "nosniff"
    answer = Client().get("/api/schema/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer  # it would weaken the ETags that guard against lost updates


def test_the_schema_is_openapi_3_1(db):
    schema = Client().get("/api/schema/?format=json").json()
    assert schema["openapi"].startswith("3.1")
    assert all(path.startswith("/api/v1/") for path in schema["paths"])


def test_the_docs_work_without_the_internet(docs):
    assert docs.status_code == 200
    assert "https://" not in docs.content.decode()


@pytest.mark.parametrize("page", ["/signup/", "/accounts/signup/", "/password/reset/", "/admin/"])
def test_there_is_no_way_round_two_people(db, page):
    assert Client().get(page).status_code == 404


def test_people_log_in_with_their_address(db):
    answer = Client().get("/login/")
    assert answer.status_code == 200
    assert 'type="email"' in answer.content.decode()


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_the_docs_are_read_without_the_internet(own_database, site, page):
    complaints, elsewhere = [], []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: elsewhere.append(asked.url) if not asked.url.startswith(site) else None)
    page.goto(f"{site}/api/docs/")
    page.locator(".opblock").first.wait_for(timeout=20_000)
    assert "/api/v1/" in page.locator(".opblock").first.inner_text().replace("\u200b", "")
    assert not complaints
    assert not [url for url in elsewhere if not url.startswith("data:")]
