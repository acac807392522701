"""Retention, legal holds, disposal and tags in the browser."""

from django.contrib.auth.decorators import login_required
from django.urls import reverse
from django.utils import timezone

from apps.audit.selectors import story
from apps.core.doors.api import require
from apps.core.doors.pages import answer, render, visible_or_404
from apps.core.templatetags.format import moment
from apps.datasets import events
from apps.datasets.forms.keeping import HoldForm, ReasonForm, RetentionForm, TagForm
from apps.datasets.models import Dataset, DatasetVersion, Hold
from apps.datasets.selectors.keeping import obstacle_to_disposal, retention_of
from apps.datasets.selectors.tags import in_use
from apps.datasets.services.keeping import dispose_version, lift_hold, place_hold, set_retention
from apps.datasets.services.tags import set_tag

TOLD = {events.HOLD_PLACED.verb: "Placed", events.HOLD_LIFTED.verb: "Lifted"}


@login_required
def retention(request, reference):
    dataset = visible_or_404(Dataset, request.user, reference=reference)
    require(request.user, events.RETENTION_SET, dataset)
    said = retention_of(dataset)
    initial = {"days": said.days, "reason": said.reason, "revision": said.revision} if said else {}
    form = RetentionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.carry_out(set_retention, actor=request.user, dataset=dataset):
        return answer(request, dataset)
    lead = "Past it a version may be disposed of, by another person than who says how long. Nothing goes by itself."
    return _form_page(request, form, "How long it is kept", "Save", dataset, lead)


@login_required
def hold(request, reference):
    dataset = visible_or_404(Dataset, request.user, reference=reference)
    require(request.user, events.HOLD_PLACED, dataset)
    form = HoldForm(request.POST or None, dataset=dataset, initial={"version": request.GET.get("version")})
    if request.method == "POST" and form.carry_out(place_hold, actor=request.user, dataset=dataset):
        return answer(request, form.result)
    lead = "Nothing of it is disposed of or erased until another risk officer lifts the hold."
    return _form_page(request, form, "Place a legal hold", "Place the hold", dataset, lead)


@login_required
def show_hold(request, reference):
    row = visible_or_404(Hold.objects.select_related("dataset", "version"), request.user, reference=reference)
    context = {
        "hold": row,
        "facts": [
            ("On", row.held),
            ("Placed by", row.placed_by),
            ("Placed", moment(row.placed_at)),
            ("Lifted by", row.lifted_by),
            ("Lifted", moment(row.lifted_at)),
        ],
        "told": story(row.reference, TOLD),
        "may_lift": events.HOLD_LIFTED in row.available_events(request.user),
        "crumbs": _crumbs(row.dataset, row.reference),
    }
    return render(request, "datasets/hold.html", context)


@login_required
def lift(request, reference):
    row = visible_or_404(Hold.objects.select_related("dataset", "version"), request.user, reference=reference)
    require(request.user, events.HOLD_LIFTED, row)
    form = ReasonForm(request.POST or None, initial={"revision": row.revision})
    if request.method == "POST" and form.carry_out(lift_hold, actor=request.user, hold=row):
        return answer(request, form.result)
    lead = f"{row.reference} on {row.held}, placed by {row.placed_by}. Who placed a hold doesn't lift it."
    return _form_page(request, form, "Lift the hold", "Lift it", row.dataset, lead, back=row.get_absolute_url())


@login_required
def dispose(request, reference):
    version = visible_or_404(DatasetVersion.objects.select_related("dataset"), request.user, reference=reference)
    require(request.user, events.VERSION_DISPOSED, version)
    form = ReasonForm(request.POST or None, initial={"revision": version.revision})
    if request.method == "POST" and form.carry_out(dispose_version, actor=request.user, version=version):
        return answer(request, form.result)
    context = {
        "form": form,
        "title": f"Dispose of {version.reference}",
        "version": version,
        "obstacle": version.why_gone()
        if version.gone
        else obstacle_to_disposal(version, request.user, timezone.now()),
        "crumbs": _crumbs(version.dataset, "Dispose"),
    }
    return render(request, "datasets/dispose.html", context)


@login_required
def tag(request, reference):
    dataset = visible_or_404(Dataset, request.user, reference=reference)
    require(request.user, events.TAG_SET, dataset)
    form = TagForm(request.POST or None, dataset=dataset, initial=_tag_asked(request, dataset))
    if request.method == "POST" and form.carry_out(set_tag, actor=request.user, dataset=dataset):
        return answer(request, dataset)
    lead = "A tag is a name that points to one version and can be moved. Its history stays in the ledger."
    return _form_page(request, form, "Put or move a tag", "Save", dataset, lead)


def _tag_asked(request, dataset):
    """What the form begins with: the tag that was clicked on, or the version that is to get one."""
    known = in_use(dataset).filter(name=request.GET.get("name", "")).first()
    if known is not None:
        return {"name": known.name, "version": known.version, "note": known.note, "moved_from": known.version}
    return {"version": dataset.versions.kept().filter(reference=request.GET.get("version", "")).first()}


def _form_page(request, form, title, button, dataset, lead, back=""):
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "button": button,
        "back": back or dataset.get_absolute_url(),
        "crumbs": _crumbs(dataset, title),
    }
    return render(request, "forms/page.html", context)


def _crumbs(dataset, here):
    return [("Datasets", reverse("datasets")), (dataset.reference, dataset.get_absolute_url()), (here, "")]
