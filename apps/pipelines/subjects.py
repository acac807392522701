"""What earlier rooms may ask about pipelines."""

from collections.abc import Collection
from typing import Any

from apps.core.subjects import Barred, Subject
from apps.pipelines.models import Pipeline, PipelineRun, PipelineVersion


class PipelineSubject(Subject):
    kind = "pipeline"
    model = Pipeline
    TITLE_OF = ("model",)


class PipelineVersionSubject(Subject):
    kind = "pipelineversion"
    model = PipelineVersion
    TITLE_OF = ("pipeline",)

    def parts(self, references: Collection[str]) -> Barred:
        written = PipelineVersion.objects.filter(reference__in=references).values_list("reference", "author")
        return {
            reference: {author: "You wrote it, so somebody else has to judge it."} for reference, author in written
        }

    def snapshot(self, row: Any) -> dict[str, Any]:
        return {"pipeline_version": row.reference, "digest": row.digest}


class PipelineRunSubject(Subject):
    kind = "pipelinerun"
    model = PipelineRun
    TITLE_OF = ("version", "pipeline")
