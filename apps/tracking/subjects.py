"""What earlier rooms may ask about experiments and runs."""

from apps.core.subjects import Subject
from apps.tracking.models import Experiment, LoggedModel, Run, Selection


class ExperimentSubject(Subject):
    kind = "experiment"
    model = Experiment


class RunSubject(Subject):
    kind = "run"
    model = Run


class LoggedModelSubject(Subject):
    kind = "loggedmodel"
    model = LoggedModel


class SelectionSubject(Subject):
    kind = "selection"
    model = Selection
