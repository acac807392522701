"""What earlier rooms may ask about a model."""

from apps.core.subjects import Subject
from apps.inventory.models import Model


class ModelSubject(Subject):
    kind = "model"
    model = Model
