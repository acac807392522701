from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.core import subjects
from apps.core.doors.pages import listing, render, visible_or_404
from apps.core.scope import root_kind
from apps.core.templatetags.format import moment
from apps.jobs.models import Heartbeat, Job
from apps.jobs.services import cancel, may_cancel


@login_required
def index(request):
    jobs = Job.objects.visible_to(request.user).select_related("requested_by")
    state = request.GET.get("state", "")
    if state in Job.State.values:
        jobs = jobs.filter(state=state)
    shown = listing(request, jobs)
    return render(
        request,
        "jobs/index.html",
        {
            "title": "Jobs",
            "listed": dict(Job.State.choices).get(state, "All"),
            "tabs": tabs_of(state),
            "processes": Heartbeat.objects.order_by("kind", "name"),
            **shown,
            "lines": with_subjects(shown["rows"]),
        },
    )


def tabs_of(state: str) -> list[dict[str, object]]:
    chosen = state if state in Job.State.values else ""
    return [
        {"label": label, "url": f"?state={value}" if value else "?", "current": value == chosen}
        for value, label in [("", "All"), *Job.State.choices]
    ]


@login_required
def show(request, job_id):
    job = visible_or_404(Job, request.user, pk=job_id)
    return render(
        request,
        "jobs/show.html",
        {
            "title": job.title,
            "crumbs": [("Jobs", "/jobs/"), (job.title, None)],
            "job": job,
            "facts": facts_of(job),
            "results": [(name.replace("_", " ").capitalize(), value) for name, value in (job.result or {}).items()],
            "subject": with_subjects([job])[0][1],
            "may_cancel": job.live and job.cancel_requested_at is None and may_cancel(request.user, job),
        },
    )


@login_required
def progress(request, job_id):
    """The fragment that asks again until the job ends, and then has the page loaded anew."""
    job = visible_or_404(Job, request.user, pk=job_id)
    answer = render(request, "parts/_job.html", {"job": job, "url": job.progress_url})
    if job.ended:
        answer["HX-Refresh"] = "true"
    return answer


@login_required
@require_POST
def cancellation(request, job_id):
    job = cancel(actor=request.user, job=visible_or_404(Job, request.user, pk=job_id), now=timezone.now())
    return redirect(job)


def facts_of(job: Job) -> list[tuple[str, object]]:
    return [
        ("Number", str(job.id)),
        ("Asked for by", job.requested_by or "Quaestor itself"),
        ("Asked for", moment(job.created_at)),
        ("Begun", moment(job.started_at)),
        ("Ended", moment(job.ended_at)),
        ("Attempt", f"{job.attempt} of at most {job.max_attempts}"),
        *([("Next attempt", moment(job.run_after))] if job.state == Job.State.RETRYING else []),
    ]


def with_subjects(jobs: Iterable[Job]) -> list[tuple[Job, tuple[str, str] | None]]:
    """Each with the title and address of what it is about: where that has no page, of the model or data it is for."""
    listed = list(jobs)
    roots = {job.pk: (root_kind(job.root_reference), job.root_reference) for job in listed}
    found = subjects.headings([*((job.subject_kind, job.subject_reference) for job in listed), *roots.values()])
    return [(job, found.get((job.subject_kind, job.subject_reference)) or found.get(roots[job.pk])) for job in listed]
