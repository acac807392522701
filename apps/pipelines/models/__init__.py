"""The room's tables: pipelines and their versions, runs and what they did."""

from apps.pipelines.models.definitions import CodeFile, Pipeline, PipelineVersion

__all__ = ["CodeFile", "Pipeline", "PipelineVersion"]
