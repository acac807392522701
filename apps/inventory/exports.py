"""The inventory as a file: CSV and XLSX, safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    "Description": "description",
    "Tier": "tier",
    "Intake": "get_intake_display",
    "Status": "get_status_display",
    "Latest version": "latest_number",
    "Its status": "latest_status",
    "Vendor": "vendor",
    "Contingency": "contingency",
    "Next review": "next_review",
    "Registered": "created_at",
}
# What later rooms know of a model: {label: function of primary keys that gives {primary key: text}}.
_further: dict[str, Callable[[Sequence[int]], Mapping[int, Any]]] = {}
PORTION = 500  # models asked about at once, so that a column costs one query a portion
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # as openpyxl has it
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def add_column(label: str, values: Callable[[Sequence[int]], Mapping[int, Any]]) -> None:
    """Let a later room tell something of each model in the export; called once, in AppConfig.ready()."""
    _further[label] = values


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
    yield [*COLUMNS, *_further]
    portion: list[Model] = []
    for model in models:
        portion.append(model)
        if len(portion) == PORTION:
            yield from _portion(portion)
            portion = []
    yield from _portion(portion)


def _portion(models: list[Model]) -> Iterator[list[str]]:
    keys = [model.pk for model in models]
    known = [values(keys) for values in _further.values()] if models else []
    for model in models:
        cells = (getattr(model, name) for name in COLUMNS.values())
        own = [_safe(cell() if callable(cell) else cell) for cell in cells]
        yield own + [_safe(column.get(model.pk)) for column in known]


def _safe(value: Any) -> str:
    """As text that a spreadsheet takes and does not run: without the control characters that XML has no way to write,
    and with an apostrophe before what looks like a formula."""
    text = "" if value is None else UNWRITABLE.sub("", str(value))
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
