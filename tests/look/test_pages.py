"""The shell and the parts, in a real browser: accessible, not too wide, usable by keys and without scripts."""

from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def sample_pages(settings):
    settings.ROOT_URLCONF = "tests.look.sample"
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]


@pytest.mark.parametrize(
    "address", ["/", "/parts/", "/refused/409/", "/nowhere/", "/log-in/", "/broken/", "/forbidden/"]
)
def test_a_page_is_accessible_and_fits_in_light_and_dark_on_desk_and_phone(site, look_at, address):
    assert look_at(site + address, f"look{address}") == []


def test_a_phone_s_cards_are_still_a_table_to_who_hears_it(site, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/parts/")
    page.evaluate("document.querySelector('table.cards tbody td').textContent = ''")
    assert page.evaluate("getComputedStyle(document.querySelector('table.cards tr')).display") == "grid"
    heard = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(node["role"]["value"] for node in heard if not node["ignored"])
    rows, columns = page.locator("table.cards tbody tr").count(), page.locator("table.cards thead th").count()
    assert rows and roles["table"] >= 1
    assert (roles["row"], roles["columnheader"]) == (rows + 1, columns)
    assert (roles["rowheader"], roles["cell"]) == (rows, rows * (columns - 1))


def test_a_phone_opens_the_navigation_in_a_disclosure(site, page, axe, screenshot):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site)
    page.get_by_label("Menu").first.click()
    assert page.get_by_role("link", name="Audit log").is_visible()
    screenshot(page, "look-menu-390")
    assert axe(page) == []


def test_keys_lead_to_search_and_rooms(site, page):
    page.goto(site)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Tab")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/findings/")


def test_the_question_mark_lists_the_keys_and_escape_closes_them(site, page, axe):
    page.goto(site)
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


def test_the_chosen_theme_is_written_by_the_server_from_then_on(site, page, axe, screenshot):
    page.goto(site)
    page.locator(".who summary").click()
    screenshot(page, "look-person-menu")
    assert axe(page) == []
    page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_a_job_is_asked_about_until_it_ends(site, page):
    page.goto(f"{site}/job/")
    page.get_by_role("link", name="See the verdict").wait_for()


def test_toasts_tell_what_was_done_and_what_was_refused(site, page, axe):
    page.goto(f"{site}/job/")
    page.get_by_role("button", name="Save").click()
    page.locator(".toast", has_text="Saved.").wait_for()
    page.get_by_role("button", name="Refuse").click()
    page.locator(".toast-bad", has_text="can't decide on it").wait_for()
    assert axe(page) == []


def test_pages_work_without_scripts(site, browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(site)
    page.locator("summary", has=page.locator("svg")).first.click()
    assert page.get_by_role("link", name="Audit log").is_visible()
    context.close()


def test_paper_shows_whole_digests_and_no_controls(site, page, screenshot):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 760, "height": 1000})
    page.goto(site)
    assert not page.locator("form.search").is_visible()
    assert max(row.bounding_box()["height"] for row in page.locator(".log li").all()) < 90
    screenshot(page, "look-print")
