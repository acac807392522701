"""What is different between two versions, in the browser."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from apps.core.doors.pages import listing, render, visible_or_404
from apps.core.errors import Refused
from apps.datasets.forms.differences import DifferenceForm
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.differences import given_up, key_for, shown_difference
from apps.datasets.selectors.tags import reference_of
from apps.datasets.services.differences import difference
from apps.jobs.models import Job

OFFERED = 500
DRAWN = 6


@login_required
def diff(request, reference):
    after = _version(request, reference)
    form = DifferenceForm(request.GET if "against" in request.GET else None)
    found = _found(request, form, after) if form.is_bound and form.is_valid() else {}
    others = after.dataset.versions.exclude(pk=after.pk).order_by("-number")
    context = {
        "version": after,
        "form": form,
        "offered": others[:OFFERED],
        "previous": others.filter(number__lt=after.number).first(),
        "crumbs": [
            ("Datasets", reverse("datasets")),
            (after.dataset.reference, after.dataset.get_absolute_url()),
            (after.reference, after.get_absolute_url()),
            ("Compare", ""),
        ],
        **found,
    }
    return render(request, "datasets/diff.html", context, status=422 if form.errors else None)


def _found(request, form, after):
    """The job that works it out, or what it found; what is refused stands at the form."""
    try:
        before = _version(request, reference_of(form.cleaned_data["against"].strip(), request.user))
        key = key_for(before, after, form.keys())
        job = None if "again" in request.GET else given_up(before, after, key)
        found = job or difference(actor=request.user, before=before, after=after, key=key, now=timezone.now())
    except Http404:
        form.add_error("against", "There is no such version, or you may not see it.")
        return {}
    except Refused as refusal:
        _show(form, refusal)
        return {}
    if isinstance(found, Job):
        return {"job": found, "again": f"{request.get_full_path()}&again=1"}
    return _drawn(request, shown_difference(found, before, after, request.user), before, form.cleaned_data["column"])


def _show(form, refusal):
    for name, sentences in (refusal.errors or {"": [str(refusal)]}).items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)


def _drawn(request, shown, before, part):
    """A page of the columns that changed; the first of them as pictures, with shares in the place of rows."""
    cells = {row["column"]: row for row in shown["cells"]}
    columns = [
        {**row, "cells": cells.get(row["column"]), "above": row.get("psi", 0) > row.get("psi_floor", 0)}
        for row in shown["distributions"]
        if part.lower() in row["column"].lower()
    ]
    listed = listing(request, columns)
    pictures = [_with_shares(row) for row in listed["rows"] if row.get("bins")][:DRAWN]
    return {
        "found": shown,
        "before": before,
        "names": (before.reference, shown["after"]["reference"]),
        "pictures": pictures,
        "examples": [(row["column"], row["cells"]["examples"]) for row in listed["rows"] if _has_examples(row)],
        "readable": shown["rows"]["examples"] is not None,
        **listed,
    }


def _has_examples(row):
    return bool(row["cells"] and row["cells"]["examples"])


def _with_shares(row):
    totals = [max(sum(counts), 1) for counts in zip(*(bin_[1:] for bin_ in row["bins"]), strict=True)]
    shares = [(label, old / totals[0], new / totals[1]) for label, old, new in row["bins"]]
    return {**row, "shares": shares}


def _version(request, reference):
    rows = DatasetVersion.objects.select_related("dataset", "profile")
    return visible_or_404(rows, request.user, reference=reference)
