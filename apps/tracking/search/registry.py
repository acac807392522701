"""Registered models and their versions by name, tags, and where they came from."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

from apps.core.errors import BadInput
from apps.inventory.models import Model, ModelVersion
from apps.tracking.search.conditions import compared
from apps.tracking.search.experiments import TagValue
from apps.tracking.search.grammar import Clause, Kind, Vocabulary, read_filter, read_orders

PROMPT_TAG = "mlflow.prompt.is_prompt"
TAG = Kind("tag", ("tags", "tag"))
OF_MODELS = {"name": "name"}
MODELS_SORTED_BY = {"name": "name", "creation_timestamp": "created_at", "last_updated_timestamp": "changed_at"}
OF_VERSIONS = {
    "name": "model__name",
    "version_number": "pk",
    "version": "number",
    "run_id": "registered__run__reference",
    "source_path": "registered__source",
    "current_stage": "stage",
}
VERSIONS_SORTED_BY = {
    "name": "model__name",
    "version_number": "pk",
    "creation_timestamp": "created_at",
    "last_updated_timestamp": "changed_at",
}


def _kind(keys: dict[str, str]) -> Kind:
    return Kind(
        "attribute", ("attributes", "attribute", "attr"), keys={key: key for key in keys}, may_be_missing=False
    )


def models_searched(rows: QuerySet[Model], filter_text: str, order_by: Sequence[str]) -> QuerySet[Model]:
    """Registered models that a filter lets through; by name, where no order is asked for.

    Raises:
        BadInput: the filter or the order can't be read.
    """
    rows = rows.alias(changed_at=Coalesce("registered__changed_at", "created_at"))
    rows = _filtered(rows, filter_text, OF_MODELS)
    return _sorted(rows, order_by, MODELS_SORTED_BY, ["name"])


def versions_searched(
    rows: QuerySet[ModelVersion], filter_text: str, order_by: Sequence[str]
) -> QuerySet[ModelVersion]:
    """Versions that a filter lets through; the last one first, where no order is asked for.

    Raises:
        BadInput: the filter or the order can't be read.
    """
    rows = rows.alias(
        changed_at=Coalesce("registered__changed_at", "created_at"),
        stage=Coalesce("registered__stage", Value("None")),
    )
    rows = _filtered(rows, filter_text, OF_VERSIONS)
    return _sorted(rows, order_by, VERSIONS_SORTED_BY, ["-changed_at", "model__name", "-pk"])


def _filtered(rows: Any, text: str, columns: dict[str, str]) -> Any:
    for place, clause in enumerate(read_filter(text, Vocabulary((_kind(columns), TAG)))):
        if clause.kind == "tag":
            said = TagValue(F("registered__tags"), Value(clause.key))
            no_prompt = clause.key == PROMPT_TAG  # clients ask so that prompts are left out, and here are none
            rows = rows.alias(
                **{f"tag_{place}": Coalesce(said, Value("false", output_field=TextField())) if no_prompt else said}
            )
            rows = rows.filter(_of_tag(clause, f"tag_{place}"))
        elif clause.key == "version_number":
            rows = rows.filter(_of_number(clause))
        else:
            rows = rows.filter(compared(clause, columns[clause.key]))
    return rows


def _of_tag(clause: Clause, tag: str) -> Any:
    if clause.value is None:
        return Q(**{f"{tag}__isnull": clause.comparator == "IS NULL"})
    return Q(**{f"{tag}__isnull": False}) & Q(compared(clause, tag))


def _of_number(clause: Clause) -> Any:
    if clause.comparator not in ("=", "!=", "IN", "NOT IN"):
        raise BadInput(f"Invalid comparator for version_number: {clause.comparator}.")
    return compared(clause, "number")


def _sorted(rows: Any, texts: Sequence[str], columns: dict[str, str], otherwise: list[str]) -> Any:
    orders = read_orders([_older(text) for text in texts], Vocabulary((_kind(columns),)))
    by = [f"{'' if order.ascending else '-'}{columns[order.key]}" for order in orders]
    return rows.order_by(
        *by, *[name for name in otherwise if name.lstrip("-") not in {b.lstrip("-") for b in by}], "-pk"
    )


def _older(text: str) -> str:
    """Older clients say `timestamp` for the last change."""
    word, _, way = text.strip().partition(" ")
    return f"last_updated_timestamp {way}" if word.lower() == "timestamp" else text
