"""A measured number is kept in the same columns wherever it was measured."""

from apps.evaluations.models import Measured, Result
from apps.measures.results import Result as Said
from apps.monitoring.models import WindowResult

NUMBER = {
    "measure": "recall",
    "measure_version": 1,
    "family": "performance",
    "value": 0.5,
    "low": None,
    "class": "yes",
    "n": 40,
    "confidence": 0.95,
    "status": "ok",
    "engine": "left out",
}


def columns(model):
    return {field.name for field in model._meta.concrete_fields}


def test_both_tables_have_every_column_of_a_number():
    shared = {field.name for field in Measured._meta.local_fields}
    assert columns(Result) == shared | {"id", "evaluation", "dataset_digest"}
    assert columns(WindowResult) == shared | {"id", "window", "use"}


def test_a_number_finds_its_columns_in_either():
    for kept in (Result.of(NUMBER, dataset_digest="0" * 64), WindowResult.of(NUMBER, use="Waiver")):
        assert (kept.measure, kept.value, kept.n, kept.class_label) == ("recall", 0.5, 40, "yes")
        assert kept.low is None and kept.reason == ""
    assert kept.use == "Waiver"


def test_everything_that_a_measure_says_of_a_number_has_a_column():
    said = {"class_label" if name == "class_" else name.rstrip("_") for name in Said.__dataclass_fields__}
    assert {field.name for field in Measured._meta.local_fields} <= said | {"dataset_digest"}
