"""How the API cuts lists."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from apps.core.doors.filtering import names_asked, require_known
from apps.core.errors import BadInput

BEGINNING = Cursor(offset=0, reverse=False, position=None)  # what rubbish decodes to; no list gives it out


class Pages(CursorPagination):
    """`{next, previous, results}`, newest first unless the list says otherwise; every page costs the same."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 1000
    ordering = "-pk"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return tuple(queryset.query.order_by or super().get_ordering(request, queryset, view))

    def get_page_size(self, request: Request) -> int:
        told = request.query_params.get("limit")
        if told is None:
            return self.page_size
        if not re.fullmatch(r"[0-9]{1,4}", told, re.ASCII) or not 1 <= int(told) <= self.max_page_size:
            raise BadInput(errors={"limit": [f"A whole number from 1 to {self.max_page_size:,}."]})
        return int(told)

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise _unknown_cursor() from None
        if cursor == BEGINNING:
            raise _unknown_cursor()
        return cursor

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        own = {self.cursor_query_param, self.page_size_query_param}
        require_known(request, own | names_asked(view, queryset))
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError, DataError):
            if self.cursor_query_param not in request.query_params:
                raise
            raise _unknown_cursor() from None  # well formed, but of no place in this list

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": self.max_page_size}
        return parameters


def _unknown_cursor() -> BadInput:
    return BadInput(errors={"cursor": ["Take it from `next` or `previous` of a list; it can't be made up."]})
