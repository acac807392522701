from django.contrib.auth.decorators import login_required
from django.urls import reverse

from apps.core.doors.pages import listing, render, visible_or_404
from apps.core.lineage import graph, impact
from apps.core.templatetags.format import moment
from apps.datasets.forms.lineage import LineageForm
from apps.datasets.models import DatasetVersion, LineageRun
from apps.datasets.selectors.lineage import address, arrows, boxes, node_named, own_name


@login_required
def lineage(request):
    """What something came of, what came of it, and what breaks if some of its columns go."""
    form = LineageForm(request.GET or None)
    named = form.cleaned_data["of"] if form.is_valid() else ""
    columns = form.cleaned_data["columns"] if named else []
    node = node_named(named, request.user) if named else None
    if named and node is None:
        form.add_error("of", "There is no such thing, or you may not see it.")
    return render(
        request,
        "datasets/lineage.html",
        {
            "form": form,
            "title": f"Lineage of {node.reference}" if node else "Lineage",
            "crumbs": [("Datasets", reverse("datasets")), ("Lineage", "")],
            "runs": _told(request) if node is None else [],
            **(_walked(node, columns, request.user) if node else {}),
        },
        status=422 if form.is_bound and form.errors else None,
    )


@login_required
def run(request, reference):
    """What was told of one run of another system's job."""
    run = visible_or_404(LineageRun, request.user, reference=reference)
    context = {
        "run": run,
        "crumbs": [("Datasets", reverse("datasets")), ("Lineage", reverse("lineage")), (run.reference, "")],
        "facts": [
            ("Job", run.job_name),
            ("Namespace", run.job_namespace),
            ("Run", run.run or "the job itself"),
            ("Stands at", run.get_state_display()),
            ("Told by", run.producer),
            ("Newest", moment(run.newest_at)),
            ("Business unit", run.business_unit),
        ],
        "links": [(link.source, link.target, link.gives) for link in run.links.order_by("pk")[:500]],
        **listing(request, run.events.order_by("-at", "-pk")),
    }
    return render(request, "datasets/lineage_run.html", context)


def _told(request):
    return LineageRun.objects.visible_to(request.user).select_related("business_unit").order_by("-newest_at")[:20]


def _walked(node, columns, user):
    found = graph(node, user)
    touched = impact(found, columns)
    return {
        "of": node,
        "own_name": own_name(node, found.nodes[node][0]),
        "own_url": found.nodes[node][1],
        "columns": columns,
        "known_columns": _columns(node),
        "nodes": boxes(found, touched if columns else ()),
        "pairs": arrows(found),
        "links": [
            {
                "source": link.source.reference,
                "source_url": address(link.source),
                "how": link.how,
                "target": link.target.reference,
                "target_url": address(link.target),
                "columns": None if link.gives is None else sorted(link.gives),
            }
            for link in found.links
        ],
        "touched": [
            {
                "of": hit,
                "title": own_name(hit.node, found.nodes[hit.node][0]),
                "url": found.nodes[hit.node][1] or address(hit.node),
            }
            for hit in touched
        ],
        "hidden": found.hidden,
        "cut": found.cut,
    }


def _columns(node):
    """The names that can be asked for, where the thing is a table of ours."""
    held = DatasetVersion.objects.filter(reference=node.reference) if node.kind == "datasetversion" else None
    if node.kind == "dataset":
        held = DatasetVersion.objects.filter(dataset__reference=node.reference).order_by("-number")
    newest = held.first() if held is not None else None
    return [column["name"] for column in newest.columns] if newest else []
