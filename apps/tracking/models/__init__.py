"""The room's tables: experiments and runs, which are governed, and what runs log, which is not."""

from apps.tracking.models.experiments import Experiment
from apps.tracking.models.logged import LatestMetric, Logbook, MetricPoint, Param, RunTag
from apps.tracking.models.runs import Run

__all__ = ["Experiment", "LatestMetric", "Logbook", "MetricPoint", "Param", "Run", "RunTag"]
