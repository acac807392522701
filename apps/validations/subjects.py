"""What earlier rooms may ask about a validation."""

from apps.core.subjects import Subject
from apps.validations.models import Validation


class ValidationSubject(Subject):
    kind = "validation"
    model = Validation
    TITLE_OF = ("version",)
