"""Small real models over one small table, made once for all tests of scoring."""

from pathlib import Path

import numpy as np
import pandas as pd
import skops.io

ROWS = 400
NUMBERS = ["age", "income", "hours"]
INPUTS = [*NUMBERS, "region"]
REGIONS = ["north", "south", "west"]


def people() -> pd.DataFrame:
    generator = np.random.default_rng(7)
    table = pd.DataFrame(
        {
            "id": [f"P{i:04}" for i in range(ROWS)],
            "age": generator.integers(18, 90, ROWS),
            "income": np.where(generator.random(ROWS) < 0.1, np.nan, generator.lognormal(10, 1, ROWS)),
            "hours": generator.normal(38, 6, ROWS),
            "region": np.array(REGIONS)[generator.integers(0, 3, ROWS)],
            "sex": generator.integers(1, 3, ROWS),
        }
    )
    table["employed"] = ((table.age < 60) & (table.hours > 35)).astype(int)
    table["grade"] = np.array(["a", "b", "c"])[pd.cut(table.hours, 3, labels=False)]
    return table


def codes(table: pd.DataFrame) -> np.ndarray:
    matrix = table[NUMBERS].to_numpy(dtype=float)
    return np.column_stack([matrix, table.region.map(REGIONS.index).to_numpy(dtype=float)])


class Artefacts:
    """Writes each model on first use and remembers what scikit-learn itself predicts."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.people = people()
        self.table = folder / "people.parquet"
        self.people.to_parquet(self.table)

    def write(self, name: str, estimator) -> Path:
        path = self.folder / name
        skops.io.dump(estimator, path)
        return path

    def boosted(self):
        """Histogram boosting on numbers with missing values, and its faithful conversion."""
        from skl2onnx import to_onnx
        from sklearn.ensemble import HistGradientBoostingClassifier

        matrix = self.people[NUMBERS].to_numpy(dtype=np.float32)
        model = HistGradientBoostingClassifier(max_iter=10, random_state=0).fit(matrix, self.people.employed)
        onnx = self.folder / "boosted.onnx"
        onnx.write_bytes(to_onnx(model, matrix[:1]).SerializeToString())
        tensors = self.folder / "boosted-tensors.onnx"
        tensors.write_bytes(to_onnx(model, matrix[:1], options={"zipmap": False}).SerializeToString())
        return self.write("boosted.skops", model), onnx, tensors, model.predict_proba(matrix)[:, 1]

    def categorical(self):
        """Histogram boosting on codes of categories."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(max_iter=10, categorical_features=[3], random_state=0)
        model.fit(codes(self.people), self.people.employed)
        return self.write("categorical.skops", model), model.predict_proba(codes(self.people))[:, 1]

    def columns(self):
        """A pipeline that encodes text by itself, and its conversion with one input a column."""
        from skl2onnx import to_onnx
        from sklearn.compose import ColumnTransformer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        inputs = ["hours", "region"]
        chosen = self.people[inputs].astype({"region": object})
        steps = ColumnTransformer([("n", StandardScaler(), ["hours"]), ("c", OneHotEncoder(), ["region"])])
        labels = np.array(["no", "yes"])[self.people.employed]
        model = make_pipeline(steps, LogisticRegression()).fit(chosen, labels)
        onnx = self.folder / "columns.onnx"
        onnx.write_bytes(to_onnx(model, chosen.astype({"hours": np.float32})[:1]).SerializeToString())
        return self.write("columns.skops", model), onnx, inputs, model.predict_proba(chosen)[:, 1]

    def grades(self):
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(max_iter=500).fit(self.people[["hours"]].to_numpy(), self.people.grade)
        return self.write("grades.skops", model), model.predict_proba(self.people[["hours"]].to_numpy())

    def incomes(self):
        from skl2onnx import to_onnx
        from sklearn.linear_model import LinearRegression

        matrix = self.people[["age", "hours"]].to_numpy(dtype=np.float64)
        model = LinearRegression().fit(matrix, self.people.sex)
        onnx = self.folder / "incomes.onnx"
        onnx.write_bytes(to_onnx(model, matrix[:1]).SerializeToString())
        return onnx, model.predict(matrix)

    def identity(self, shape) -> Path:
        """An ONNX model that gives back what it takes."""
        import onnx
        from onnx import TensorProto, helper

        taken, given = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("x", "y"))
        graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "identity", [taken], [given])
        path = self.folder / "identity.onnx"
        onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), path)
        return path
