"""What earlier rooms may ask about an evaluation."""

from apps.core.subjects import Subject
from apps.evaluations.models import Evaluation


class EvaluationSubject(Subject):
    kind = "evaluation"
    model = Evaluation
    TITLE_OF = ("version",)
