"""The room's tables: pipelines and their versions, runs and what they did; what the gate answered."""

from apps.pipelines.models.definitions import CodeFile, Pipeline, PipelineVersion
from apps.pipelines.models.gate import GateCheck, TestReport

__all__ = ["CodeFile", "GateCheck", "Pipeline", "PipelineVersion", "TestReport"]
