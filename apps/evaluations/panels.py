"""What the version page shows from this room."""

from typing import Any

from apps.accounts.models import User
from apps.evaluations import events
from apps.evaluations.models import Evaluation
from apps.evaluations.selectors import newest_of, running_of
from apps.evaluations.showing import banner, shown
from apps.inventory.models import ModelVersion
from apps.jobs.models import Job


def verdict(version: ModelVersion, user: User) -> dict[str, Any] | None:
    """The banner: what the newest evaluation says, or why there is none, and how far one under way is."""
    running, newest = running_of(version), newest_of(version)
    failed = version.evaluations.order_by("-pk").filter(status=Evaluation.Status.FAILED).first()
    if failed is not None and newest is not None and newest.pk > failed.pk:
        failed = None
    job = running and Job.objects.filter(pk=running.job).first()
    if not (job or newest or failed):
        return None
    return {"job": job, "newest": newest, "banner": newest and banner(newest), "failed": failed}


def evidence(version: ModelVersion, user: User) -> dict[str, Any]:
    """Gates, fairness, performance, reasons, robustness and drift of the newest evaluation."""
    newest = newest_of(version)
    return {"version": version, **(shown(newest) if newest else {})}


def actions(version: ModelVersion, user: User) -> dict[str, Any] | None:
    """A dry run of a draft, and the comparison with another version."""
    draft = version.status == ModelVersion.Status.DRAFT
    may_run = draft and user.may(str(events.EVALUATION_REQUESTED.permission), version)
    others = version.model.versions.exclude(pk=version.pk).order_by("-pk")
    return {"version": version, "may_run": may_run, "other": others.first()}
