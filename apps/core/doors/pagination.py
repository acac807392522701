"""How the API cuts lists."""

from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class Pages(CursorPagination):
    """`{next, previous, results}`, newest first unless the list says otherwise; every page costs the same."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 1000
    ordering = "-pk"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return tuple(queryset.query.order_by or super().get_ordering(request, queryset, view))
