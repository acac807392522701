"""What a pipeline's YAML may say: typed, bounded, checked as a whole. Pure: no Django, no clock."""

from apps.pipelines.format.calendar import Calendar, NotACalendar
from apps.pipelines.format.document import Definition
from apps.pipelines.format.graph import inputs_of, layers, needs_of
from apps.pipelines.format.reading import read_pipeline
from apps.pipelines.format.shapes import Script
from apps.pipelines.format.steps import KINDS, Step

__all__ = [
    "KINDS",
    "Calendar",
    "Definition",
    "NotACalendar",
    "Script",
    "Step",
    "inputs_of",
    "layers",
    "needs_of",
    "read_pipeline",
]
