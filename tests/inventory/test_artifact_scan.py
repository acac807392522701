"""A model's file is looked through by its bytes, and each thing that refuses it has its sentence."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from apps.inventory.artifacts import Scan, scan, scan_apart
from tests.inventory import hostile_files

ROOT = Path(__file__).resolve().parents[2]
PICKLE = "Save the model as ONNX or skops."


@pytest.mark.parametrize(
    ("write", "declared", "sentence"),
    [
        ("pickled", "onnx", PICKLE),
        ("pickled_long_ago", "skops", PICKLE),
        ("pickled_gzip", "skops", PICKLE),
        ("pickled_zlib", "onnx", PICKLE),
        ("pickled_bzip2", "onnx", PICKLE),
        ("empty", "onnx", "its bytes are nothing at all"),
        ("text", "onnx", "its bytes are neither ONNX nor skops"),
        ("plain_zip", "skops", "a zip archive that is no skops file"),
        ("identity", "skops", "declared as skops, and its bytes are an ONNX model"),
        ("identity", "exe", "'exe' is not known"),
        ("leads_out", "skops", "leads out of it"),
        ("absolute", "skops", "leads out of it"),
        ("twice", "skops", "'schema.json' 2 times"),
        ("bomb", "skops", "as archive bombs do"),
        ("bomb_within", "skops", "as archive bombs do"),
        ("lying_about_size", "skops", "would unpack to 4,096 MiB"),
        ("encrypted", "skops", "is encrypted"),
        ("with_objects", "skops", "an array of objects, which only pickle reads"),
        ("with_a_script", "skops", "'setup.py', which is no array"),
        ("naming_os_system", "skops", "wants to build 'os.system'"),
        ("naming_a_hidden_type", "skops", "wants to build 'subprocess.Popen'"),
        ("naming_a_numpy_runner", "skops", "wants to build 'numpy.testing._private.utils.runstring'"),
        ("nested_schema", "skops", "is not readable JSON"),
        ("custom_operator", "onnx", "custom operator 'com.example.net.Fetch'"),
        ("custom_operator_in_a_branch", "onnx", "custom operator 'com.microsoft.Hidden'"),
        ("function_of_its_own", "onnx", "brings an operator of its own"),
        ("address", "onnx", "'https://collector.example/score'"),
        ("tensor_elsewhere", "onnx", r"'w' in another file \('../../../etc/passwd'\)"),
        ("from_the_future", "onnx", "IR version 99"),
        ("against_the_rules", "onnx", "breaks its own rules"),
        ("cut_short", "onnx", "its bytes are neither"),
    ],
)
def test_what_refuses_a_file(write, declared, sentence, tmp_path):
    path = tmp_path / "model.onnx"
    getattr(hostile_files, write)(path)
    found = scan(path, declared)
    assert not found.accepted
    assert re.search(sentence, "\n".join(found.reasons)), found.reasons


def test_a_plain_model_is_accepted_and_described(tmp_path):
    path = tmp_path / "whatever.pkl"
    hostile_files.identity(path)
    found = scan(path, "onnx")
    assert found.accepted and found.reasons == []
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() and found.size == path.stat().st_size
    assert found.details["inputs"] == [{"name": "x", "type": "float", "shape": [None, 2]}]
    assert found.details["opset"] == {"ai.onnx": 17} and found.details["producer"] == "a test"
    assert Scan.from_json(found.as_json()) == found


@pytest.fixture(scope="module")
def rows():
    generator = np.random.default_rng(0)
    return np.abs(generator.normal(size=(120, 4))), np.arange(120) % 2


def estimators():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.feature_selection import SelectKBest
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, TweedieRegressor
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

    columns = ColumnTransformer(
        [("n", make_pipeline(SimpleImputer(), StandardScaler()), [0, 1]), ("c", OneHotEncoder(), [3])]
    )
    return {
        "histogram boosting": HistGradientBoostingClassifier(max_iter=3),
        "histogram boosting on categories": HistGradientBoostingClassifier(max_iter=3, categorical_features=[3]),
        "forest": RandomForestClassifier(3),
        "gradient boosting": GradientBoostingClassifier(n_estimators=3),
        "calibrated": CalibratedClassifierCV(HistGradientBoostingClassifier(max_iter=3), method="isotonic", cv=2),
        "columns": make_pipeline(columns, LogisticRegression()),
        "splines": make_pipeline(SplineTransformer(), SelectKBest(k=2), LogisticRegression()),
        "neighbours": KNeighborsClassifier(),
        "network": MLPClassifier((4,), max_iter=2),
        "tweedie": TweedieRegressor(power=0),
    }


@pytest.mark.filterwarnings("ignore")
def test_the_estimators_people_submit_are_accepted(rows, tmp_path):
    import skops.io

    features, target = rows
    features[:, 3] = np.arange(len(features)) % 3
    for name, estimator in estimators().items():
        path = tmp_path / "model"
        skops.io.dump(estimator.fit(features, target), path)
        found = scan(path, "skops")
        assert found.accepted, (name, found.reasons)
        assert found.details["model_type"].startswith("sklearn.")


def test_a_function_of_the_submitter_is_named_and_refused(rows, tmp_path):
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    path = tmp_path / "model.skops"
    skops.io.dump(FunctionTransformer(hostile_files.numpy_bytes).fit(*rows), path)
    assert scan(path, "skops").reasons == [
        "The skops file wants to build 'tests.inventory.hostile_files.numpy_bytes', "
        "which isn't among the types we trust. ONNX needs none."
    ]


def test_the_sandbox_gives_the_same_scan_and_says_which_walls_stood(tmp_path):
    path = tmp_path / "model"
    hostile_files.custom_operator(path)
    apart, here = scan_apart(path, "onnx"), scan(path, "onnx")
    assert apart.details.pop("walls")["landlock"] >= 3
    assert apart == here


WITHOUT_LANDLOCK = """
import errno, platform, sys
from pathlib import Path
from apps.core.errors import Unavailable
from apps.inventory.artifacts.apart import scan_apart
from apps.jobs.sandbox import kernel, seccomp
from apps.jobs.sandbox.syscalls import MACHINES
number = MACHINES[platform.machine()].special["landlock_create_ruleset"]
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
shut = seccomp.when(number, [seccomp.refuse(errno.ENOSYS)])
seccomp.install([seccomp.statement(seccomp.LOAD, 0), *shut, seccomp.answer(seccomp.ALLOW)])
try:
    scan_apart(Path(sys.argv[1]), "onnx")
except Unavailable as refusal:
    sys.stdout.write(f"{refusal.status} {refusal}")
"""


def test_where_the_walls_can_not_be_built_no_file_is_looked_through(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"whatever")
    command = [sys.executable, "-c", WITHOUT_LANDLOCK, tmp_path / "model.onnx"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.startswith("503 The sandbox can't be built here, so nothing untrusted runs: ")
    assert said.endswith("Landlock is missing (Function not implemented). Tell an administrator.")
