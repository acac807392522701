"""The test kit: what it counts, what it takes for a case, and that nothing passes because nothing was tested."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from quaestor_client.kit import Untestable, contract, directional, invariance, minimum_functionality
from quaestor_client.kit.tables import table_of

PEOPLE = [
    {"income": 10.0, "sex": "f", "age": 30},
    {"income": 20.0, "sex": "m", "age": 40},
    {"income": 30.0, "sex": "f", "age": 50},
]


def by_income(rows):
    """A model that looks at income alone."""
    return [row["income"] / 100 for row in rows]


def by_sex_too(rows):
    return [row["income"] / 100 + (0.1 if row["sex"] == "m" else 0) for row in rows]


class TestInvariance:
    def test_holds_for_what_the_model_does_not_look_at(self):
        outcome = invariance(by_income, PEOPLE, {"sex": ["f", "m"]})
        assert outcome and (outcome.cases, outcome.failures) == (3, 0)  # a row that stays as it is, is no case

    def test_fails_for_what_it_looks_at_and_says_where(self):
        outcome = invariance(by_sex_too, PEOPLE, {"sex": "m"}, about="sex")
        assert not outcome and (outcome.cases, outcome.failures) == (2, 2)
        assert outcome.sentence == "sex: 2 of 2 failed."
        with pytest.raises(AssertionError, match=r"sex 'f' → 'm': 0\.1 became 0\.2"):
            outcome.required()

    def test_bears_what_is_tolerated(self):
        assert invariance(by_sex_too, PEOPLE, {"sex": "m"}, tolerance=0.11)
        assert invariance(by_sex_too, PEOPLE, [{"sex": "m"}, {"age": lambda age: age + 1}], at_most=0.5)

    def test_takes_changes_in_several_forms(self):
        moved = invariance(by_income, PEOPLE, {"income": lambda income: income + 0.01}, tolerance=0.001)
        assert moved and moved.cases == 3
        assert invariance(by_income, PEOPLE, lambda row: {**row, "sex": "x", "age": 0}).cases == 3
        together = invariance(by_income, PEOPLE, {"sex": ["f", "m"], "age": [30, 40]})
        assert together.cases == 4

    def test_compares_labels(self):
        assert not invariance(lambda rows: [row["sex"] for row in rows], PEOPLE, {"sex": "x"})
        assert not invariance(lambda rows: [None for _ in rows], PEOPLE, {"sex": "x"})
        assert not invariance(lambda rows: [float("nan") for _ in rows], PEOPLE, {"sex": "x"})

    @pytest.mark.parametrize(
        ("rows", "change", "model", "why"),
        [
            ([], {"sex": "m"}, by_income, "no rows"),
            (PEOPLE, {"income": lambda income: income}, by_income, "nothing was tested"),
            (PEOPLE, {"gender": "m"}, by_income, "no column “gender”"),
            (PEOPLE, "sex", by_income, "A change is"),
            (PEOPLE, {"sex": "m"}, lambda rows: 0.5, "one value a row"),
            (PEOPLE, {"sex": "m"}, lambda rows: [0.5], "1 answers to 3 rows"),
            (PEOPLE, {"sex": "m"}, lambda rows: np.ones((len(rows), 2)), "predict_proba"),
            (5, {"sex": "m"}, by_income, "has no rows"),
        ],
    )
    def test_is_never_passed_by_testing_nothing(self, rows, change, model, why):
        with pytest.raises(Untestable, match=why):
            invariance(model, rows, change)

    @given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.floats(0.01, 1e3))
    def test_counts_each_row_that_moves_further(self, incomes, step):
        rows = [{"income": income} for income in incomes]
        moved = [row["income"] + step for row in rows]
        cases = sum(row["income"] != after for row, after in zip(rows, moved, strict=True))
        if not cases:
            return
        outcome = invariance(
            lambda given: [row["income"] for row in given], rows, {"income": lambda income: income + step}
        )
        assert (outcome.cases, outcome.failures) == (cases, cases)


class TestDirection:
    def test_is_looked_at_for_each_row(self):
        more = {"income": lambda income: income + 5}
        assert directional(by_income, PEOPLE, more, "increases").cases == 3
        assert not directional(by_income, PEOPLE, more, "decreases")
        assert not directional(by_income, PEOPLE, more, "does_not_increase")
        assert directional(by_income, PEOPLE, more, "does_not_decrease")
        assert not directional(by_income, PEOPLE, more, "increases", tolerance=1)
        assert directional(by_income, PEOPLE, {"age": 1}, "does_not_increase")

    def test_is_one_of_four_and_asked_of_numbers(self):
        with pytest.raises(Untestable, match="“up” is no direction"):
            directional(by_income, PEOPLE, {"age": 1}, "up")
        with pytest.raises(Untestable, match="asked of numbers"):
            directional(lambda rows: ["yes"] * len(rows), PEOPLE, {"age": 1}, "increases")


class TestMinimumFunctionality:
    def test_is_what_everybody_knows_the_answer_of(self):
        def waived(rows):
            return ["no" if row["income"] < 15 else "yes" for row in rows]

        assert minimum_functionality(waived, PEOPLE[:1], "no")
        assert minimum_functionality(waived, PEOPLE, ["no", "yes", "yes"])
        assert minimum_functionality(by_income, PEOPLE, lambda score, row: score < 0.5)
        outcome = minimum_functionality(waived, PEOPLE, "yes", about="everybody")
        assert outcome.failures == 1 and "income=10.0, sex='f', age=30 gave 'no'" in outcome.examples[0]
        assert "income" not in outcome.sentence  # what is uploaded quotes no row

    def test_expects_as_many_answers_as_there_are_cases(self):
        with pytest.raises(Untestable, match="2 answers are expected of 3"):
            minimum_functionality(by_income, PEOPLE, [1, 2])


class TestTables:
    def test_come_in_many_forms(self, tmp_path):
        frame = pd.DataFrame(PEOPLE)
        frame.to_csv(tmp_path / "people.csv", index=False)
        pa.parquet.write_table(pa.table(frame), tmp_path / "people.parquet")
        columns = {name: list(frame[name]) for name in frame}
        forms = [PEOPLE, frame, pa.table(frame), columns, tmp_path / "people.parquet", str(tmp_path / "people.csv")]
        for form in forms:
            assert [float(income) for income in table_of(form).column("income")] == [10, 20, 30]

    def test_give_a_model_the_form_it_is_used_to(self):
        frame = pd.DataFrame(PEOPLE).astype({"sex": "category", "age": "int32"})
        seen = []

        def model(rows):
            seen.append(rows)
            return rows["income"]

        assert invariance(model, frame, {"sex": "m"})
        assert all(isinstance(rows, pd.DataFrame) and list(rows) == list(frame) for rows in seen)
        assert [str(kind) for kind in seen[1].dtypes] == ["float64", "category", "int32"]

    def test_know_missing_values(self):
        frame = pd.DataFrame({"a": [1.0, float("nan")], "b": [pd.Timestamp("2026-01-01"), pd.NaT], "c": ["x", None]})
        assert [table_of(frame).column(name)[1] for name in frame] == [None, None, None]

    @pytest.mark.parametrize("text", ["a,b\n1,2,3\n", "", 'a,b\n"1,2\n'])
    def test_that_can_t_be_read_are_said_so(self, tmp_path, text):
        (tmp_path / "people.csv").write_text(text)
        with pytest.raises(Untestable):
            table_of(tmp_path / "people.csv")


def a_contract(*properties, **more):
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "people",
        "version": "1.0.0",
        "status": "active",
        "schema": [{"name": "people", "properties": list(properties), **more}],
    }


def failing(rows, *properties, **more):
    return [told.partition(":")[0] for told in contract(rows, a_contract(*properties, **more)).examples]


class TestContracts:
    def test_name_what_is_not_kept(self):
        rows = [*PEOPLE, {"income": None, "sex": "x", "age": 300}, {"income": 30.0, "sex": "f", "age": 50}]
        held = failing(
            rows,
            {"name": "income", "logicalType": "number", "required": True, "unique": True},
            {"name": "sex", "logicalType": "string", "enum": [{"value": "f"}, {"value": "m"}]},
            {"name": "age", "logicalType": "integer", "logicalTypeOptions": {"minimum": 16, "maximum": 120}},
        )
        assert held == ["income not null", "income unique", "sex in its set", "age in its range"]

    @pytest.mark.parametrize(
        ("column", "values", "name"),
        [
            ({"logicalType": "integer"}, [1, 2.5], "a is integer"),
            ({"logicalType": "integer"}, [1, float("inf")], "a is integer"),
            ({"logicalType": "integer"}, [1, True], "a is integer"),
            ({"logicalType": "string"}, ["x", 1], "a is string"),
            ({"logicalType": "boolean"}, [True, 1], "a is boolean"),
            ({"logicalType": "date"}, ["2026-01-01", "soon"], "a is date"),
            ({"logicalType": "timestamp"}, ["2026-01-01T00:00:00Z", "soon"], "a is timestamp"),
            ({"logicalTypeOptions": {"exclusiveMinimum": 1}}, [1, 2], "a in its range"),
            ({"logicalTypeOptions": {"exclusiveMaximum": 2}}, [1, 2], "a in its range"),
            ({"logicalTypeOptions": {"maximum": 2}}, [1, "x"], "a in its range"),
            (
                {"logicalType": "date", "logicalTypeOptions": {"minimum": "2026-01-02"}},
                [dt.date(2026, 1, 1), dt.date(2026, 1, 2)],
                "a in its range",
            ),
            (
                {"logicalType": "timestamp", "logicalTypeOptions": {"maximum": "2026-01-01T00:00:00+01:00"}},
                [pd.Timestamp("2026-01-01", tz="UTC")],
                "a in its range",
            ),
            ({"logicalTypeOptions": {"minLength": 2, "maxLength": 3}}, ["a", "ab"], "a has its length"),
            ({"logicalTypeOptions": {"pattern": "^[A-Z]+$"}}, ["AB", "aB"], "a has its form"),
            ({"logicalType": "integer", "logicalTypeOptions": {"multipleOf": 5}}, [5, 7], "a a multiple of 5"),
            ({"primaryKey": True}, [1, 1], "a unique"),
            ({"primaryKey": True}, [1, None], "a not null"),
        ],
    )
    def test_check_one_thing_each(self, column, values, name):
        assert failing([{"a": value} for value in values], {"name": "a", **column}) == [name]

    @pytest.mark.parametrize(
        ("rule", "passes"),
        [
            ({"metric": "nullValues", "mustBe": 1}, True),
            ({"metric": "nullValues", "mustBeLessOrEqualTo": 20, "unit": "percent"}, True),
            ({"metric": "nullValues", "mustBeLessThan": 20, "unit": "percent"}, False),
            ({"metric": "missingValues", "arguments": {"missingValues": [None, "N/A"]}, "mustBe": 2}, True),
            ({"metric": "invalidValues", "arguments": {"validValues": ["x", "N/A"]}, "mustBe": 0}, False),
            ({"metric": "invalidValues", "arguments": {"pattern": "^[xy]$"}, "mustBe": 1}, True),
            ({"metric": "invalidValues", "arguments": {"maxLength": 1}, "mustBeBetween": [1, 2]}, True),
            ({"metric": "duplicateValues", "mustBe": 1}, True),
            ({"rule": "duplicateValues", "mustBeGreaterThan": 1}, False),
            ({"metric": "rowCount", "mustBeGreaterOrEqualTo": 5}, True),
            ({"metric": "rowCount", "mustNotBeBetween": [1, 10]}, False),
            ({"metric": "rowCount", "mustNotBe": 5}, False),
        ],
    )
    def test_know_the_standards_library(self, rule, passes):
        rows = [{"a": value} for value in ("x", "y", "x", "N/A", None)]
        assert bool(contract(rows, a_contract({"name": "a", "quality": [rule]}))) is passes

    def test_read_a_csv_file_s_cells_as_their_columns_types(self, tmp_path):
        (tmp_path / "people.csv").write_text("id,on,day,note\n1,true,2026-01-01,x\n2,false,2026-01-02,\n")
        columns = [
            {"name": "id", "logicalType": "integer", "primaryKey": True, "logicalTypeOptions": {"maximum": 2}},
            {"name": "on", "logicalType": "boolean", "enum": [{"value": True}, {"value": False}]},
            {"name": "day", "logicalType": "date", "logicalTypeOptions": {"minimum": "2026-01-01"}},
            {"name": "note", "logicalType": "string"},
        ]
        assert contract(tmp_path / "people.csv", a_contract(*columns))
        columns[0]["logicalTypeOptions"] = {"maximum": 1}
        assert failing(tmp_path / "people.csv", *columns) == ["id in its range"]

    def test_miss_columns_by_name(self):
        outcome = contract(PEOPLE, a_contract({"name": "weight", "logicalType": "number", "required": True}))
        assert outcome.failures == outcome.cases == 2 and "no column “weight”" in outcome.examples[0]

    def test_say_what_they_leave_to_the_server(self):
        sql = {"type": "sql", "name": "no orphans", "query": "SELECT 1", "mustBe": 0}
        outcome = contract(PEOPLE, a_contract({"name": "age", "quality": [sql]}, relationships=[{"to": "x.y"}]))
        assert outcome and outcome.figures()["not_checked"] == ["no orphans", "relationship of people"]

    def test_come_as_a_file(self, tmp_path):
        (tmp_path / "contract.yaml").write_text(yaml.safe_dump(a_contract({"name": "age", "required": True})))
        assert contract(PEOPLE, tmp_path / "contract.yaml").cases == 2

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ({"kind": "Recipe"}, "no data contract"),
            ({"kind": "DataContract", "schema": []}, "Say which table"),
            (a_contract(), "no check that can be made"),
            (a_contract({"name": "age", "quality": [{"metric": "mood", "mustBe": 0}]}), "measures “mood”"),
            (a_contract({"name": "age", "quality": [{"metric": "nullValues"}]}), "one thing that it must be"),
            (a_contract({"name": "age", "logicalTypeOptions": {"pattern": "("}}), "is no pattern"),
            (a_contract({"name": "age"}, quality=[{"metric": "nullValues", "mustBe": 0}]), "of one column"),
            ("none.yaml", "none.yaml can't be read"),
        ],
    )
    def test_that_say_nothing_are_not_kept_by_that(self, said, why):
        with pytest.raises(Untestable, match=why):
            contract(PEOPLE, said)
