"""What a stranger's notebook does, with nothing but an address and a token: run in a client's own environment."""

import json
import os
import sys
from pathlib import Path

import mlflow
import mlflow.onnx
import mlflow.sklearn
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

told = {"version": mlflow.__version__}
client = MlflowClient()
table = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, 2, -1]]
features, target = table.iloc[:, :3], table["target"]
name = f"Notebook {mlflow.__version__}"


def refused(call, *said, **named):
    try:
        call(*said, **named)
    except MlflowException as error:
        return {"code": error.error_code, "message": str(error)}
    return None


mlflow.set_experiment(f"Cancer {mlflow.__version__}")
mlflow.sklearn.autolog(registered_model_name=name)
with mlflow.start_run() as run:
    mlflow.log_input(mlflow.data.from_pandas(table, name="cancer", targets="target"), context="training")
    model = LogisticRegression(max_iter=3000).fit(features, target)
    Path("empty.txt").touch()
    Path("notes").mkdir(exist_ok=True)
    Path("notes", "read me.md").write_text("A line.")
    mlflow.log_artifact("empty.txt")
    mlflow.log_artifacts("notes", "notes")
    mlflow.log_text("héllo", "a/b/c.txt")
    mlflow.log_dict({"a": 1}, "d.json")
told["run"] = run.info.run_id
mlflow.sklearn.autolog(disable=True)

# artifacts come back
told["listed"] = sorted(one.path for one in client.list_artifacts(told["run"]))
told["empty"] = Path(client.download_artifacts(told["run"], "empty.txt")).read_bytes().decode()
told["text"] = mlflow.artifacts.load_text(f"runs:/{told['run']}/a/b/c.txt")
told["readme"] = Path(client.download_artifacts(told["run"], "notes")).joinpath("read me.md").read_text()

# autolog registered a version; it is loaded again and says the same
first = client.get_model_version(name, "1")
told["first"] = {"status": first.status, "run": first.run_id, "tags": first.tags, "stage": first.current_stage}
loaded = mlflow.pyfunc.load_model(f"models:/{name}/1")
told["same"] = bool((loaded.predict(features) == model.predict(features)).all())
told["logged"] = {one.name: one.status.name for one in mlflow.search_logged_models(output_format="list")}

# the same model as ONNX, registered by log_model; and one registered afterwards, by its address
with mlflow.start_run():
    converted = to_onnx(model, features.to_numpy()[:1].astype("float32"), options={"zipmap": False})
    info = mlflow.onnx.log_model(converted, name="onnx", registered_model_name=name, pip_requirements=[])
    plain = mlflow.sklearn.log_model(model, name="plain", pip_requirements=[])
second = client.get_model_version(name, "2")
told["second"] = {"tags": second.tags, "model_id": second.model_id, "uri": info.model_uri}
told["third"] = mlflow.register_model(plain.model_uri, name, tags={"by": "hand"}).version
told["fourth"] = mlflow.register_model(f"runs:/{plain.run_id}/plain", name).version

# names, tags and aliases
client.update_registered_model(name, description="From a notebook.")
client.set_registered_model_tag(name, "team", "risk")
client.set_model_version_tag(name, "2", "checked", "yes")
client.delete_model_version_tag(name, "2", "checked")
client.update_model_version(name, "2", description="In ONNX.")
client.set_registered_model_alias(name, "challenger", "2")
told["by alias"] = client.get_model_version_by_alias(name, "challenger").version
told["loaded by alias"] = mlflow.onnx.load_model(f"models:/{name}@challenger") is not None
told["champion"] = refused(client.set_registered_model_alias, name, "champion", "2")
told["production"] = refused(client.transition_model_version_stage, name, "2", "Production")
client.transition_model_version_stage(name, "2", "Staging")
told["staged"] = [one.version for one in client.get_latest_versions(name, ["Staging"])]
told["latest"] = mlflow.pyfunc.load_model(f"models:/{name}/latest") is not None
client.delete_registered_model_alias(name, "challenger")
told["found"] = [one.name for one in client.search_registered_models(f"name = '{name}' AND tags.team = 'risk'")]
told["versions"] = [
    one.version for one in client.search_model_versions(f"name = '{name}'", order_by=["version_number ASC"])
]
told["of the run"] = [one.version for one in client.search_model_versions(f"run_id = '{told['run']}'")]

# what is kept is kept
told["version deleted"] = refused(client.delete_model_version, name, "1")
told["model deleted"] = refused(client.delete_registered_model, name)
told["run deleted"] = refused(client.delete_run, told["run"])
told["again"] = refused(client.create_registered_model, name)
told["elsewhere"] = refused(client.create_model_version, name, "s3://bucket/model")
told["not theirs"] = refused(client.create_model_version, name, plain.model_uri, run_id=told["run"])
told["nobody's"] = refused(client.get_model_version, name, "99")

# a large file in parts, where the client insists
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "1000"
os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(5 << 20)
Path("big.bin").write_bytes(os.urandom(12 << 20))
client.log_artifact(told["run"], "big.bin")
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"] = "true"
os.environ["MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE"] = str(5 << 20)
back = Path(client.download_artifacts(told["run"], "big.bin", "."))
told["big"] = back.stat().st_size

sys.stdout.write("TOLD" + json.dumps(told))
