"""What is said of a table's columns is held against the table, field by field."""

import pytest

from apps.core.errors import BadInput
from apps.datasets.intake.columns import typed_label
from apps.datasets.intake.metadata import read_metadata
from apps.datasets.intake.taking import take_in

TABLE = (
    "id,age,sex,score,word,flat,gone,default,weight,day\n"
    "1,20,f,0.5,a,1,,yes,1,2026-01-01\n2,30,m,0.7,b,1,,no,-1,2026-01-02\n2,40,f,0.1,c,1,,no,,2026-01-03\n"
)
DESCENDING = {"edges": [40, 20]}
CONTRADICTIONS = [
    ({"target": "nope"}, "metadata.target", "There is no column “nope”"),
    ({"target": "flat"}, "metadata.target", "same value in every row"),
    ({"target": "gone"}, "metadata.target", "empty in every row"),
    ({"target": "default", "labels": ["yes", "maybe"]}, "metadata.target", "not announced: “no”"),
    ({"protected": ["sex", "race"]}, "metadata.protected[1]", "There is no column “race”"),
    ({"protected": [{"name": "a", "column": "race"}]}, "metadata.protected[0].column", "There is no column “race”"),
    ({"id_column": "id"}, "metadata.id_column", "repeats itself in 1 row"),
    ({"id_column": "weight"}, "metadata.id_column", "empty in 1 row"),
    ({"score": "word"}, "metadata.score", "“word” is string; a score is a number"),
    ({"score": ["score", "nope"]}, "metadata.score[1]", "There is no column “nope”"),
    ({"weight": "weight"}, "metadata.weight", "empty in 1 row"),
    ({"time_column": "word"}, "metadata.time_column", "a time is a date"),
    ({"target": "default", "prediction": "default"}, "metadata.prediction", "target and prediction at once"),
    ({"target": 1}, "metadata.target", "This must be text."),
    ({"colour": "red"}, "metadata", "There is no field “colour”"),
    (
        {"protected": [{"name": "a", "column": "age", "bins": {"edges": [40, 20]}}]},
        "metadata.protected[0].bins",
        "asc",
    ),
    ({"labels": ["one"], "target": "sex"}, "metadata.labels", "This needs 2 entries at least."),
    ("text", "metadata", "This must be an object."),
    ([], "metadata", "This must be an object."),
    ({"protected": "sex"}, "metadata.protected", "This must be a list."),
    ({"protected": [5]}, "metadata.protected[0]", "This must be text."),
]


@pytest.mark.parametrize(("said", "field", "sentence"), CONTRADICTIONS)
def test_a_contradiction_is_named_at_its_field(said, field, sentence, tmp_path):
    (tmp_path / "t.csv").write_text(TABLE)
    with pytest.raises(BadInput) as refusal:
        take_in(tmp_path / "t.csv", tmp_path / "t.parquet", read_metadata(said))
    assert sentence in " ".join(refusal.value.errors[field])


def test_of_an_object_only_its_own_faults_are_named():
    said = {"protected": [{"name": "a", "column": "age", "bins": {"edges": [40, 20]}}]}
    with pytest.raises(BadInput) as refusal:
        read_metadata(said)
    assert refusal.value.errors == {"metadata.protected[0].bins": ["The edges have to ascend."]}


def test_what_is_true_is_taken(tmp_path):
    (tmp_path / "t.csv").write_text(TABLE)
    bins = {"edges": [25, 35], "labels": ["young", "middle", "old"], "closed": "left"}
    said = {
        "target": "default",
        "labels": ["yes", "no"],
        "protected": ["sex", {"name": "age band", "column": "age", "bins": bins}],
        "score": ["score", "age"],
        "time_column": "day",
    }
    metadata = read_metadata(said)
    take_in(tmp_path / "t.csv", tmp_path / "t.parquet", metadata)
    assert metadata.protected_columns() == ["sex", "age"] and metadata.scores() == ["score", "age"]
    assert metadata.as_dict() == said | {"protected": ["sex", said["protected"][1]]}


@pytest.mark.parametrize(
    ("label", "column_type", "value"),
    [("1", "integer", 1), (1.0, "integer", 1), (1, "string", "1"), ("1", "boolean", True), ("0.5", "number", 0.5)],
)
def test_labels_are_compared_as_the_columns_type(label, column_type, value):
    assert typed_label(label, column_type) == value


@pytest.mark.parametrize(
    ("label", "column_type"),
    [
        ("x", "integer"),
        (True, "integer"),
        (1.5, "integer"),
        ("maybe", "boolean"),
        ("24.11.2026", "date"),
        (None, "number"),
    ],
)
def test_a_label_that_the_column_cannot_hold_is_refused(label, column_type):
    with pytest.raises(ValueError, match=f"is no {column_type}"):
        typed_label(label, column_type)
