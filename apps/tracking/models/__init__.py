"""The room's tables: experiments, runs and logged models, which are governed, and what runs log, which is not."""

from apps.tracking.models.experiments import Experiment
from apps.tracking.models.files import KeptFile, Upload, UploadPart
from apps.tracking.models.logged import LatestMetric, Logbook, MetricPoint, Param, RunTag
from apps.tracking.models.logged_models import LoggedModel, ModelMetric
from apps.tracking.models.runs import Run

__all__ = [
    "Experiment",
    "KeptFile",
    "LatestMetric",
    "Logbook",
    "LoggedModel",
    "MetricPoint",
    "ModelMetric",
    "Param",
    "Run",
    "RunTag",
    "Upload",
    "UploadPart",
]
