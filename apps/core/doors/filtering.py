"""How the API narrows lists. A filter that there isn't is refused by name: ignored, it would give everything away."""

from collections.abc import Iterable
from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request
from rest_framework.settings import api_settings

from apps.core.errors import BadInput


class FieldFilters(DjangoFilterBackend):
    """The view's filters narrow its own list; what hangs on one of its rows is found whatever is asked of that."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        return queryset if getattr(view, "detail", False) else super().filter_queryset(request, queryset, view)


def require_known(request: Request, names: Iterable[str]) -> None:
    """Refuse what is asked beside `names`.

    Raises:
        BadInput: by the names that were asked, with those that there are.
    """
    known = sorted(names)
    unknown = sorted(set(request.query_params).difference(known, [api_settings.URL_FORMAT_OVERRIDE]))
    if unknown:
        sentence = f"There is nothing of this name to ask by. There is: {', '.join(known)}."
        raise BadInput(errors={name: [sentence] for name in unknown})


def names_asked(view: Any, queryset: Any) -> set[str]:
    """What the list that `view` answers may be asked by: its filters, and what it says in `asked` for the action."""
    said = set(getattr(view, "asked", {}).get(getattr(view, "action", None), ()))
    if getattr(view, "detail", False):
        return said
    backends = [backend() for backend in getattr(view, "filter_backends", ()) if issubclass(backend, FieldFilters)]
    filtersets = [backend.get_filterset_class(view, queryset) for backend in backends]
    return said.union(*(filterset.base_filters for filterset in filtersets if filterset is not None))
