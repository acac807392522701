"""The inventory as a file: CSV and XLSX, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse

from apps.inventory.models import Model

COLUMNS = {
    "Reference": "reference",
    "Name": "name",
    "Purpose": "purpose",
    "Kind": "get_kind_of_model_display",
    "Business unit": "business_unit",
    "Legal entity": "legal_entity",
    "Owner": "owner",
    "Tier": "tier",
    "Intake": "get_intake_display",
    "Status": "get_status_display",
    "Latest version": "latest_number",
    "Its status": "latest_status",
    "Vendor": "vendor",
    "Next review": "next_review",
    "Registered": "created_at",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def answer(models: Any, form: str) -> HttpResponse | StreamingHttpResponse:
    """The rows as a download.

    Raises:
        Http404: a form that there is none of.
    """
    if form == "csv":
        response: Any = StreamingHttpResponse(_csv(models.iterator(500)), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        response = HttpResponse(
            _xlsx(models), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
    else:
        raise Http404
    response["Content-Disposition"] = f'attachment; filename="model-inventory.{form}"'
    return response


def _rows(models: Iterable[Model]) -> Iterator[list[str]]:
    yield list(COLUMNS)
    for model in models:
        cells = (getattr(model, name) for name in COLUMNS.values())
        yield [_safe(cell() if callable(cell) else cell) for cell in cells]


def _safe(value: Any) -> str:
    """As text that no spreadsheet runs: what looks like a formula gets an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv(models: Iterable[Model]) -> Iterator[str]:
    for row in _rows(models):
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()


def _xlsx(models: Iterable[Model]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Model inventory")
    for row in _rows(models):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
