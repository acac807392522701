"""The PDF: what it claims, what is in it, the same bytes each time, and that it reads nothing from outside."""

import hashlib
import io
import json
import os
import subprocess
import sys
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer

import pypdf
import pytest
from django.conf import settings

from apps.inventory.services.registering import change_model
from apps.reports.printing import html, pdf
from apps.reports.services import compose

AGAIN = """
import django, hashlib, json, sys
django.setup()
from apps.reports.printing import pdf
content = open(sys.argv[1], "rb").read()
print(hashlib.sha256(pdf(json.loads(content), content, b"0123456789abcdef")).hexdigest())
"""
NAME = "{http://ns.adobe.com/xap/1.0/}"


@pytest.fixture
def made(version, now):
    return compose(version, now)


@cache
def printed(content):
    """The PDF of a card; every test here has the same one, so it is printed once."""
    return pdf(json.loads(content), content, b"0123456789abcdef")


@pytest.fixture
def file(made):
    return pypdf.PdfReader(io.BytesIO(printed(made.content)))


def test_rendered_again_in_another_process_it_has_the_same_bytes(made, tmp_path):
    path = tmp_path / "card.json"
    path.write_bytes(made.content)
    other_seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    ran = subprocess.run(
        [sys.executable, "-c", AGAIN, str(path)],
        cwd=settings.ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONHASHSEED": other_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == hashlib.sha256(printed(made.content)).hexdigest()


def test_it_claims_the_archive_s_and_the_reader_s_standard(file):
    packet = file.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in packet and 'pdfaid:conformance="A"' in packet
    assert 'pdfuaid:part="1"' in packet and "PDF/UA identification schema" in packet


def test_it_is_tagged_and_says_its_language_and_title(file, version):
    root = file.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/StructTreeRoot"]
    assert root["/Lang"] == "en" and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert file.metadata.title == f"Model card: Employment verification waiver 1.0.0 ({version.reference})"


def test_the_json_is_attached_as_it_is(file, made):
    assert file.attachments["card.json"] == [made.content]
    (attached,) = file.trailer["/Root"]["/AF"]
    assert attached.get_object()["/AFRelationship"] == "/Data"


def test_all_fonts_are_inside(file):
    fonts = {}
    for page in file.pages:
        for name, font in page["/Resources"].get("/Font", {}).items():
            fonts[name] = font.get_object()
    assert fonts
    for font in fonts.values():
        (descendant,) = font["/DescendantFonts"]
        assert (
            "/FontFile2" in descendant.get_object()["/FontDescriptor"]
            or "/FontFile3" in descendant.get_object()["/FontDescriptor"]
        )


def test_every_page_names_the_version_and_the_dossier(file, version, made):
    for number, page in enumerate(file.pages, start=1):
        text = page.extract_text()
        assert version.reference in text and made.card["dossier"]["digest"][:16] in text
        assert f"{number} of {len(file.pages)}" in text


def test_it_shows_who_signed_and_what(file, made):
    text = "".join(page.extract_text() for page in file.pages).replace("\n", "")
    for approval in made.card["approvals"]:
        for decision in approval["decisions"]:
            assert decision["signature"]["printed_name"] in text and decision["signature"]["record_digest"] in text


def test_before_approval_every_page_says_so(made):
    card = {**made.card, "standing": {"approved": False, "approval": None, "sentence": "It is a draft."}}
    printed = html(card)
    assert 'class="draft"' in printed and "Not approved." in printed
    marked = pypdf.PdfReader(io.BytesIO(pdf(card, made.content, b"0123456789abcdef")))
    assert all("NOT APPROVED" in page.extract_text() for page in marked.pages)


def test_what_people_typed_is_text(version, olivia, now):
    hostile = '<img src="http://127.0.0.1/x"><script>1</script>'
    change_model(actor=olivia, model=version.model, purpose=hostile, now=now)
    version.model.refresh_from_db()
    printed = html(compose(version, now).card)
    assert "<script" not in printed and "&lt;img" in printed


def test_nothing_is_fetched_whatever_a_document_asks_for(made, monkeypatch):
    asked = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    outside = f"http://127.0.0.1:{server.server_port}/x.png"
    smuggled = f'<p><img src="{outside}" alt=""><img src="file:///etc/hostname" alt=""></p></body>'
    printed = html(made.card).replace("</body>", smuggled)
    monkeypatch.setattr("apps.reports.printing.html", lambda card: printed)
    assert pdf(made.card, made.content, b"0123456789abcdef").startswith(b"%PDF-")
    server.shutdown()
    assert asked == []


def test_the_content_alone_decides_the_bytes(made):
    assert pdf(made.card, made.content, b"0123456789abcdef") == printed(made.content)
