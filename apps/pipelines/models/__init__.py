"""The room's tables: pipelines and their versions, runs and what they did; what the gate answered."""

from apps.pipelines.models.definitions import CodeFile, Pipeline, PipelineVersion
from apps.pipelines.models.gate import GateCheck, TestReport
from apps.pipelines.models.runs import (
    Appointment,
    KeptDataset,
    LogLine,
    PipelineRun,
    StepFile,
    StepRun,
    StepTry,
)

__all__ = [
    "Appointment",
    "CodeFile",
    "GateCheck",
    "KeptDataset",
    "LogLine",
    "Pipeline",
    "PipelineRun",
    "PipelineVersion",
    "StepFile",
    "StepRun",
    "StepTry",
    "TestReport",
]
