"""Columns of the export that take a query of their own: who develops, what it is for, what it rests on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from apps.inventory.models import Dependency, Developer, Limitation, Use


def developers(models: Sequence[int]) -> Mapping[int, str]:
    return _joined(Developer.objects.filter(model__in=models).values_list("model_id", "user__name"))


def uses(models: Sequence[int]) -> Mapping[int, str]:
    return _joined(Use.objects.filter(model__in=models, ended_at=None).values_list("model_id", "name"))


def limitations(models: Sequence[int]) -> Mapping[int, str]:
    return _joined(Limitation.objects.filter(model__in=models).values_list("model_id", "text"))


def dependencies(models: Sequence[int]) -> Mapping[int, str]:
    return _joined(Dependency.objects.filter(model__in=models, ended_at=None).values_list("model_id", "upstream"))


def _joined(pairs: Any) -> Mapping[int, str]:
    lines = defaultdict(list)
    for model, text in pairs.order_by("pk"):
        lines[model].append(text)
    return {model: "; ".join(texts) for model, texts in lines.items()}


COLUMNS = {
    "Developers": developers,
    "Uses": uses,
    "Limitations": limitations,
    "Rests on": dependencies,
}
