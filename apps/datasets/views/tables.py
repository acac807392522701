from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.urls import reverse

from apps.core import panels
from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.core.templatetags.format import moment, percent, whole
from apps.datasets import events
from apps.datasets.filters import DatasetFilters
from apps.datasets.forms.tables import DatasetForm, DescriptionForm, UploadForm, spelled
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.selectors.tables import READ_ROWS, preview, require_rows
from apps.datasets.services.tables import describe_dataset, register_dataset, take_version
from apps.files.sending import send
from apps.files.uploading import raise_refusal

COLUMNS_A_PAGE = 100


@login_required
def index(request):
    rows = (
        Dataset.objects.visible_to(request.user)
        .select_related("business_unit", "owner")
        .annotate(version_count=Count("versions"), newest=Max("versions__created_at"))
        .order_by("-pk")
    )
    may_add = request.user.has_perm(events.DATASET_REGISTERED.permission)
    new_url = reverse("register-dataset") if may_add else ""
    context = {"title": "Datasets", "new_url": new_url, **listing(request, rows, DatasetFilters)}
    return render(request, "datasets/index.html", context)


@login_required
def show(request, reference):
    dataset = _dataset(request, reference)
    may_add = request.user.may(events.VERSION_ADDED.permission, dataset)
    versions = dataset.versions.select_related("table", "created_by").prefetch_related("tags").order_by("-number")
    context = {
        "dataset": dataset,
        "crumbs": _crumbs(dataset.reference),
        "facts": [
            ("Reference", dataset.reference),
            ("Business unit", dataset.business_unit),
            ("Owner", dataset.owner),
            ("Handled as", dataset.get_classification_display()),
            ("Registered", moment(dataset.created_at)),
        ],
        "new_url": reverse("upload-version", args=[dataset.reference]) if may_add else "",
        "may_describe": request.user.may(events.DATASET_DESCRIBED.permission, dataset),
        "panels": panels.rendered("dataset", dataset, request),
        **listing(request, versions),
    }
    return render(request, "datasets/show.html", context)


@login_required
def register(request):
    require(request.user, events.DATASET_REGISTERED)
    form = DatasetForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.carry_out(register_dataset, actor=request.user):
        return answer(request, form.result)
    context = {"form": form, "title": "Register a dataset", "crumbs": _crumbs("New")}
    return render(request, "datasets/register.html", context)


@login_required
def describe(request, reference):
    dataset = _dataset(request, reference)
    require(request.user, events.DATASET_DESCRIBED, dataset)
    initial = {name: getattr(dataset, name) for name in ("name", "description", "classification", "revision")}
    form = DescriptionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.carry_out(describe_dataset, actor=request.user, dataset=dataset):
        return answer(request, form.result)
    context = {
        "form": form,
        "dataset": dataset,
        "title": "Edit the dataset",
        "crumbs": _crumbs_in(dataset, "Edit"),
    }
    return render(request, "datasets/describe.html", context)


@login_required
def upload(request, reference):
    dataset = _dataset(request, reference)
    require(request.user, events.VERSION_ADDED, dataset)
    posted, files = request.POST, request.FILES  # parsed here: only then is it known whether the body was refused
    raise_refusal(request)
    form = UploadForm(posted or None, files or None)
    if request.method == "POST" and form.carry_out(take_version, actor=request.user, dataset=dataset):
        version, _ = form.result
        return answer(request, version)
    context = {"form": form, "dataset": dataset, "title": "Take in a table", "crumbs": _crumbs_in(dataset, "Upload")}
    return render(request, "datasets/upload.html", context)


@login_required
def show_version(request, reference):
    version = _version(request, reference)
    may_read = request.user.may(READ_ROWS, version) and not version.gone
    listed = listing(request, _described(version, may_read), page_size=COLUMNS_A_PAGE)
    context = {
        "version": version,
        "crumbs": _crumbs_in(version.dataset, version.reference),
        **listed,
        "columns": listed["rows"],
        "parts": spelled(version.metadata),
        "facts": _facts(version),
        "may_read": may_read,
        "preview": _cells(version, listed["rows"]) if may_read else [],
        "panels": panels.rendered("datasetversion", version, request),
    }
    return render(request, "datasets/version.html", context)


@login_required
def download_table(request, reference):
    version = _version(request, reference)
    require_rows(request.user, version)
    version.require_kept()
    return send(version.table, f"{version.reference}.parquet")


@login_required
def download_source(request, reference):
    version = _version(request, reference)
    require_rows(request.user, version)
    version.require_kept()
    return send(version.source, version.filename)


def _dataset(request, reference):
    return visible_or_404(Dataset, request.user, reference=reference)


def _version(request, reference):
    return visible_or_404(DatasetVersion, request.user, reference=reference)


def _described(version, may_read):
    """The columns with what is drawn of them; single values are cells, and only for who may read rows."""
    details = {} if version.gone else version.profile.details
    columns = [{**column, **details.get(column["name"], {})} for column in version.columns]
    return columns if may_read else [{**column, "top": []} for column in columns]


def _cells(version, columns):
    names = [column["name"] for column in columns]
    return [[row[name] for name in names] for row in preview(version)]


def _facts(version):
    return [
        ("Reference", version.reference),
        ("Rows", whole(version.rows)),
        ("Columns", len(version.columns)),
        ("Missing cells", f"{whole(version.quality['missing_cells'])} ({percent(version.quality['missing_share'])})"),
        ("Came as", version.filename),
        ("Taken in", moment(version.created_at)),
        ("By", version.created_by),
    ]


def _crumbs(here):
    return [("Datasets", reverse("datasets")), (here, "")]


def _crumbs_in(dataset, here):
    return [("Datasets", reverse("datasets")), (dataset.reference, dataset.get_absolute_url()), (here, "")]
