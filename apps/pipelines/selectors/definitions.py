"""Pipelines as lists and pages show them."""

from apps.accounts.models import User
from apps.pipelines.models import Pipeline, PipelineVersion


def version_of(reference: str, user: User) -> PipelineVersion | None:
    """The version that `reference` names, or a pipeline's newest, where `user` may see it."""
    rows = PipelineVersion.objects.visible_to(user).select_related("pipeline__model", "author", "published_by")
    if "@" in reference:
        found: PipelineVersion | None = rows.filter(reference=reference).first()
        return found
    newest: PipelineVersion | None = rows.filter(pipeline__reference=reference).order_by("-number").first()
    return newest


def history(pipeline: Pipeline) -> list[PipelineVersion]:
    """The versions, the newest first, with the people."""
    versions = list(pipeline.versions.select_related("author", "published_by").order_by("-number"))
    for version in versions:
        version.pipeline = pipeline
    return versions
