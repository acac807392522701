"""What is one for the whole API: how lists are cut."""

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Lists as `{next, previous, results}`, newest first; the last page costs what the first does."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 1000
    ordering = "-pk"
