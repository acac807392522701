"""The pages' manners: forms keep what was typed, htmx gets a fragment and everybody else a page."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as rendered
from django.utils import timezone

from apps.core.errors import Refused

ROWS_A_PAGE = 50


class ServiceForm:
    """A form that carries out a service, and shows its refusal where the person can mend it."""

    result: Any
    cleaned_data: dict[str, Any]

    def carry_out(self, service: Any, *, actor: Any, **subject: Any) -> bool:
        """Call `service` with what was typed. False where the form or the service refuses; the form then says why."""
        if not self.is_valid():  # type: ignore[attr-defined]
            return False
        try:
            self.result = service(actor=actor, now=timezone.now(), **subject, **self.arguments())
        except Refused as refusal:
            self.show(refusal)
            return False
        return True

    def arguments(self) -> dict[str, Any]:
        """What was typed, as the service's keyword arguments."""
        return self.cleaned_data

    def show(self, refusal: Refused) -> None:
        """Put the refusal beside the field it is about, or above the form."""
        named = {name: said for name, said in refusal.errors.items() if name in self.fields}  # type: ignore[attr-defined]
        for name, sentences in named.items():
            for sentence in sentences:
                self.add_error(name, sentence)  # type: ignore[attr-defined]
        if not named:
            self.add_error(None, str(refusal))  # type: ignore[attr-defined]


def visible_or_404(rows: Any, user: Any, **lookup: Any) -> Any:
    """The row if `user` may know of it; what one may not see does not exist.

    Args:
        rows: a governed model, or a queryset of one.
    """
    found: Any = getattr(rows, "_default_manager", rows)
    try:
        return found.visible_to(user).get(**lookup)
    except found.model.DoesNotExist:
        raise Http404 from None


def listing(request: HttpRequest, rows: Any, filters: Any = None, *, page_size: int = ROWS_A_PAGE) -> dict[str, Any]:
    """A list's context: the filter form, one page of rows, and the query string that the next link keeps.

    Args:
        filters: a django-filter FilterSet class, or None.
    """
    bound = filters(request.GET or None, queryset=rows, request=request) if filters else None
    pages = Paginator(bound.qs if bound else rows, page_size)
    page = pages.get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    return {"filter": bound, "page": page, "rows": page.object_list, "query": kept.urlencode()}


def render(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int | None = None
) -> HttpResponse:
    """A page. Where it shows a form that was sent and refused, it is 422: the form again, with what was typed."""
    refused = request.method == "POST" and any(_is_refused(value) for value in context.values())
    return rendered(request, template, dict(context), status=status or (422 if refused else 200))


def _is_refused(value: Any) -> bool:
    return isinstance(value, BaseForm) and bool(value.errors)


def answer(request: HttpRequest, row: Any) -> HttpResponse:
    """After a change: the row's card for htmx, its page for everyone else."""
    if request.headers.get("HX-Request"):
        return render(request, row.CARD, {row._meta.model_name: row})
    return redirect(row)
