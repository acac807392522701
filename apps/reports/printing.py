"""A document as PDF: PDF/A-3a for the archive and PDF/UA-1 for every reader in one file, the same bytes each time.

Nothing outside is read while a document is made: the only addresses that answer are the two fonts and the watermark,
whatever a text in it asks for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from apps.core.canonical import canonical
from apps.core.templatetags.format import whole
from apps.jobs.errors import CannotBeDone
from apps.reports.layout import challenge, sections
from apps.reports.layout.figures import when

TEMPLATE_VERSION = 3  # raise it with any change of layout, template, style or renderer that moves a byte
STYLE = settings.ROOT / "static" / "css" / "document.css"
FONTS = {"house:inter": "Inter[opsz,wght].ttf", "house:inter-italic": "Inter-Italic[opsz,wght].ttf"}
WATERMARK = "house:not-approved"
WATERMARK_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600" width="600" height="600">'
    '<text x="300" y="320" text-anchor="middle" transform="rotate(-42 300 300)" '
    'font-family="Inter" font-weight="700" font-size="78" fill="#f6e9e7">NOT APPROVED</text></svg>'
)
NO_PANGO = (
    "PDFs can't be made on this machine: Pango is missing. An administrator installs it with "
    "“apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0”. The card is there as JSON and Markdown."
)

# WeasyPrint claims one standard a file; this says the other in the same packet, with the schema PDF/A asks for.
UNIVERSAL_ACCESS = b"""<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="" pdfuaid:part="1"/>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about=""><pdfaExtension:schemas><rdf:Bag>
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


@dataclass(frozen=True)
class Attached:
    """The data that a document carries: its name in the file, what it is, and its bytes as they are."""

    name: str
    description: str
    content: bytes


def pdf(card: dict[str, Any], content: bytes, identifier: bytes) -> bytes:
    """The card as PDF.

    Args:
        card: as apps.reports.content.card gives it.
        content: its canonical JSON, attached as it is.
        identifier: 16 bytes of the file's own, the same for the same state.

    Raises:
        CannotBeDone: Pango is missing.
    """
    data = Attached("card.json", "The card as data, quaestor-card/1", content)
    return printed(html(card), card["as_of"], data, identifier)


def report_pdf(said: dict[str, Any], identifier: bytes) -> bytes:
    """A validation's signed report as PDF; what was signed is attached to the last byte.

    Args:
        said: as apps.reports.content.challenge gives it.
        identifier: as for a card.

    Raises:
        CannotBeDone: Pango is missing.
    """
    record = Attached("report.json", "The report as it was signed", canonical(said["report"]))
    return printed(report_html(said), said["as_of"], record, identifier)


def printed(page: str, as_of: str, attached: Attached, identifier: bytes) -> bytes:
    """A page as PDF with its data attached, dated `as_of`."""
    weasyprint = _weasyprint()
    fetcher = allowing_only_ours(weasyprint)
    moment = datetime.fromisoformat(as_of)
    attachment = weasyprint.Attachment(
        string=attached.content,
        name=attached.name,
        description=attached.description,
        relationship="Data",
        created=moment,
        modified=moment,
    )
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    style = weasyprint.CSS(
        string=STYLE.read_text(), font_config=fonts, url_fetcher=fetcher, base_url="house:document.css"
    )
    options = {"pdf_variant": "pdf/a-3a", "pdf_tags": True, "attachments": [attachment]}
    document = weasyprint.HTML(string=page, url_fetcher=fetcher, base_url="house:document").render(
        stylesheets=[style], font_config=fonts, **options
    )
    document.metadata = _both_claims(document.metadata)
    with _fonts_dated(moment):
        return bytes(document.write_pdf(pdf_identifier=identifier, finisher=_finish, **options))


def html(card: dict[str, Any]) -> str:
    """The card that is printed."""
    context = {
        "what": "Model card",
        "said": card,
        "digest": f"Dossier {card['dossier']['digest'][:16]}",
        "sections": sections(card),
        "front": _front(card),
        "organisation": settings.ORGANISATION,
    }
    return render_to_string("reports/card.html", context)


def report_html(said: dict[str, Any]) -> str:
    """The report that is printed."""
    signed, signature = said["report"], said["signature"]
    context = {
        "what": "Validation report",
        "said": said,
        "digest": f"Report {said['report_digest'][:16]}",
        "sections": challenge.sections(said),
        "front": [
            ("Version", signed["version"]),
            ("Validation", f"{said['reference']}, {said['sort_name'].lower()}"),
            ("Validator", signature["printed_name"]),
            ("Conclusion", said["conclusion_name"]),
            ("Signed on", when(signature["signed_at"])),
            ("Report (sha256)", said["report_digest"]),
        ],
        "organisation": settings.ORGANISATION,
    }
    return render_to_string("reports/validation.html", context)


def _front(card: dict[str, Any]) -> list[tuple[str, str]]:
    checkpoint, verdict, tier = card["checkpoint"], card["verdict"], card["model"]["tier"]
    return [
        ("Version", f"{card['reference']}, {card['version']['status_name'].lower()}"),
        ("Tier", f"Tier {tier}" if tier else "Not tiered"),
        ("Verdict", verdict["outcome_name"] if verdict else "Not measured yet"),
        ("Owner", card["model"]["owner"]["name"]),
        ("As of", when(card["as_of"])),
        ("Dossier (sha256)", card["dossier"]["digest"]),
        ("Ledger", f"sealed at {whole(checkpoint['size'])} events" if checkpoint else "not sealed yet"),
    ]


def _weasyprint() -> Any:
    try:
        import weasyprint
    except OSError as missing:  # the library is found, what it loads is not
        raise CannotBeDone(NO_PANGO) from missing
    return weasyprint


def allowing_only_ours(weasyprint: Any) -> Any:
    """A fetcher that gives the fonts and the watermark, and refuses every other address."""
    import fontpkg_inter
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OnlyOurs(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in FONTS:
                font = Path(fontpkg_inter.ROOT) / "files" / FONTS[url]
                return URLFetcherResponse(url, font.read_bytes(), {"Content-Type": "font/ttf"})
            if url == WATERMARK:
                return URLFetcherResponse(url, WATERMARK_SVG.encode(), {"Content-Type": "image/svg+xml"})
            raise ValueError(f"Documents read nothing from outside: {url[:80]}")

    return OnlyOurs()


@contextmanager
def _fonts_dated(moment: datetime) -> Iterator[None]:
    """Subsets of fonts bear the moment of their making; they take it from here (reproducible-builds.org)."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = str(int(moment.timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before


def _both_claims(metadata: Any) -> Any:
    """The document's metadata, which says PDF/UA-1 beside PDF/A-3a, uncompressed so that archives can scan it."""
    from weasyprint.pdf.metadata import DocumentMetadata

    class BothClaims(DocumentMetadata):
        def generate_rdf_metadata(self, *args: Any) -> bytes:
            packet = super().generate_rdf_metadata(*args)
            end = packet.rindex(b"</")
            return packet[:end] + UNIVERSAL_ACCESS + packet[end:]

        def include_in_pdf(self, pdf: Any, variant: Any, version: Any, conformance: Any, compress: Any) -> None:
            super().include_in_pdf(pdf, variant, version, conformance, False)

    return BothClaims(**vars(metadata))


def _finish(document: Any, pdf: Any) -> None:
    """PDF/UA wants the title, not the file's name, in the reader's window; and WeasyPrint names associates twice."""
    import pydyf

    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))

    preferences = pdf.catalog.setdefault("ViewerPreferences", pydyf.Dictionary())
    preferences["DisplayDocTitle"] = "true"
