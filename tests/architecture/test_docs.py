"""The documentation says what is so."""

import re
import subprocess
import sys

import pytest

from tests.architecture.test_house import ROOT, events_of, kept_files, rooms

PAGES = ROOT / "docs" / "rooms"
ANCHOR = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("room", [*rooms(), "config"])
def test_every_room_has_its_page(room):
    assert (PAGES / f"{room}.md").exists(), f"Write docs/rooms/{room}.md."


@pytest.mark.parametrize("room", rooms())
def test_a_room_s_page_names_its_events(room):
    page = PAGES / f"{room}.md"
    if page.exists():
        text = page.read_text()
        assert not [event.verb for event in events_of(room) if f"`{event.verb}`" not in text]


@pytest.mark.parametrize("script", ["document_settings.py", "document_house.py"])
def test_what_comes_from_the_code_is_what_the_code_says(script):
    command = [sys.executable, f"scripts/{script}", "--check"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr


def test_links_lead_somewhere():
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in kept_files(".md")
        for target in LINK.findall(path.read_text())
        if not (path.parent / target).exists()
    ]
    assert not broken


def test_links_lead_to_headings_that_are_there():
    broken = [
        f"{path.relative_to(ROOT)}: {target}#{heading}"
        for path in kept_files(".md")
        for target, heading in ANCHOR.findall(path.read_text())
        if heading not in headings(path.parent / target if target else path)
    ]
    assert not broken


def headings(page) -> set[str]:
    """The names by which a page's headings are linked to."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
