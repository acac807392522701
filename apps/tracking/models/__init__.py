"""The room's tables: experiments, runs and logged models, which are governed, and what runs log, which is not."""

from apps.tracking.models.choosing import ChosenColumns, Considered, Selection
from apps.tracking.models.experiments import Experiment
from apps.tracking.models.files import KeptFile, Upload, UploadPart
from apps.tracking.models.logged import (
    DataInput,
    LatestMetric,
    Logbook,
    MetricPoint,
    ModelUse,
    Param,
    RunTag,
    TagChange,
)
from apps.tracking.models.logged_models import LoggedModel, ModelMetric
from apps.tracking.models.registry import RegisteredModel, RegisteredVersion
from apps.tracking.models.runs import Run

__all__ = [
    "ChosenColumns",
    "Considered",
    "DataInput",
    "Experiment",
    "KeptFile",
    "LatestMetric",
    "Logbook",
    "LoggedModel",
    "MetricPoint",
    "ModelMetric",
    "ModelUse",
    "Param",
    "RegisteredModel",
    "RegisteredVersion",
    "Run",
    "RunTag",
    "Selection",
    "TagChange",
    "Upload",
    "UploadPart",
]
