"""A real browser for tests: Chromium by playwright, axe for accessibility, screenshots into screenshots/.

    def test_the_page_is_accessible(own_database, site, page, axe, screenshot):
        page.goto(f"{site}/models/")
        assert axe(page) == []
        screenshot(page, "models")

`look_at` shows an address in each theme and width in turn. A page that breaks the content security policy or raises
a script error fails its test.
"""

import os
import re
from itertools import product
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SCREENSHOTS = Path(__file__).parent.parent / "screenshots"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Without the result types, axe describes every part in order, too: most of the time that a look takes.
AXE = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
LOOKS = tuple(product(("light", "dark"), (1440, 390)))


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    # playwright keeps an event loop in this thread, and Django would take that for asynchronous code
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A fresh page, signed out; fails the test if a script or the content security policy complained."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    context.close()
    assert not complaints


class _Server(LiveServerThread):
    """Django's own live server; a client that closes early is no news."""

    def _create_server(self, connections_override=None):
        return self.server_class(
            (self.host, self.port),
            QuietWSGIRequestHandler,
            allow_reuse_address=False,
            connections_override=connections_override,
        )


@pytest.fixture
def site():
    """The address of a running server over the test's database; tests that store must commit (`own_database`)."""
    server = _Server("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture
def axe():
    """axe(page) -> what it finds, one line a violation; empty when all is well."""
    from axe_playwright_python.base import AXE_SCRIPT

    def violations(page):
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        found = page.evaluate("options => axe.run(options).then(found => found.violations)", AXE)
        return [
            f"{page.url}: {violation['id']} at {node['target']}: {node.get('failureSummary', '')}"
            for violation in found
            for node in violation["nodes"]
        ]

    return violations


@pytest.fixture
def screenshot():
    """screenshot(page, name) -> the picture's path in screenshots/ (ignored by git)."""

    def take(page, name):
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take


@pytest.fixture
def look_at(page, axe, screenshot):
    """look_at(url, name): light and dark, 1440 and 390 px; every violation and every page wider than its screen."""

    def look(url, name):
        faults = []
        page.goto(url)
        for theme, width in LOOKS:
            page.set_viewport_size({"width": width, "height": 1000 if width > 800 else 844})
            page.emulate_media(color_scheme=theme)
            screenshot(page, f"{name}-{theme}-{width}")
            faults += axe(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                faults.append(f"{url} is {wide} px wide on a screen of {width} px")
        return faults

    return look
