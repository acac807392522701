"""The protocol's addresses."""

from django.urls import path, register_converter
from django.urls.converters import PathConverter

from apps.tracking.protocol import (
    experiments,
    files,
    histories,
    logged_models,
    model_versions,
    registered_models,
    runs,
    searching,
    server,
)
from apps.tracking.protocol.door import route

MLFLOW = "api/2.0/mlflow/"
MODELS = f"{MLFLOW}logged-models"
REGISTERED = f"{MLFLOW}registered-models/"
VERSIONS = f"{MLFLOW}model-versions/"
FILES = "api/2.0/mlflow-artifacts/"
A_FILE = "<anything:artifact_path>"


class Anything(PathConverter):
    """Whatever follows, line breaks included: what is wrong with it is said in the protocol's words."""

    regex = r"[\s\S]+"


register_converter(Anything, "anything")

urlpatterns = [
    path("health", server.health),
    path("version", server.version),
    path("api/3.0/mlflow/server-info", server.server_info),
    path(f"{MLFLOW}experiments/create", route(post=experiments.create)),
    path(f"{MLFLOW}experiments/get", route(get=experiments.get)),
    path(f"{MLFLOW}experiments/get-by-name", route(get=experiments.get_by_name)),
    path(f"{MLFLOW}experiments/search", route(post=searching.experiments, get=searching.experiments)),
    path(f"{MLFLOW}experiments/update", route(post=experiments.update)),
    path(f"{MLFLOW}experiments/delete", route(post=experiments.delete)),
    path(f"{MLFLOW}experiments/restore", route(post=experiments.restore)),
    path(f"{MLFLOW}experiments/set-experiment-tag", route(post=experiments.set_tag)),
    path(f"{MLFLOW}experiments/delete-experiment-tag", route(post=experiments.delete_tag)),
    path(f"{MLFLOW}runs/search", route(post=searching.runs)),
    path(f"{MLFLOW}metrics/get-history", route(get=histories.get_history)),
    path(f"{MLFLOW}metrics/get-history-bulk", route(get=histories.get_history_bulk)),
    path(f"{MLFLOW}metrics/get-history-bulk-interval", route(get=histories.get_history_bulk_interval)),
    path(f"{MLFLOW}runs/create", route(post=runs.create)),
    path(f"{MLFLOW}runs/update", route(post=runs.update)),
    path(f"{MLFLOW}runs/get", route(get=runs.get)),
    path(f"{MLFLOW}runs/delete", route(post=runs.delete)),
    path(f"{MLFLOW}runs/restore", route(post=runs.restore)),
    path(f"{MLFLOW}runs/log-batch", route(post=runs.log_batch)),
    path(f"{MLFLOW}runs/log-metric", route(post=runs.log_metric)),
    path(f"{MLFLOW}runs/log-parameter", route(post=runs.log_parameter)),
    path(f"{MLFLOW}runs/log-inputs", route(post=runs.log_inputs)),
    path(f"{MLFLOW}runs/outputs", route(post=runs.log_outputs)),
    path(f"{MLFLOW}runs/set-tag", route(post=runs.set_tag)),
    path(f"{MLFLOW}runs/delete-tag", route(post=runs.delete_tag)),
    path(MODELS, route(post=logged_models.create)),
    path(f"{MODELS}/search", route(post=logged_models.search)),
    path(
        f"{MODELS}/<model_id>", route(get=logged_models.get, patch=logged_models.finish, delete=logged_models.delete)
    ),
    path(f"{MODELS}/<model_id>/params", route(post=logged_models.log_params)),
    path(f"{MODELS}/<model_id>/tags", route(patch=logged_models.set_tags)),
    path(f"{MODELS}/<model_id>/tags/<anything:tag_key>", route(delete=logged_models.delete_tag)),
    path(f"{MODELS}/<model_id>/artifacts/directories", route(get=logged_models.folder)),
    path(f"{MLFLOW}artifacts/list", route(get=files.listed_of_run)),
    path(f"{FILES}artifacts", route(get=files.listed, delete=files.refuse_to_delete)),
    path(f"{FILES}artifacts/{A_FILE}", route(get=files.get, put=files.put, delete=files.refuse_to_delete)),
    path(f"{FILES}presigned/{A_FILE}", route(get=files.presigned)),
    path(f"{FILES}mpu/create/{A_FILE}", route(post=files.begin)),
    path(f"{FILES}mpu/complete/{A_FILE}", route(post=files.finish)),
    path(f"{FILES}mpu/abort/{A_FILE}", route(post=files.give_up)),
    path(f"{FILES}signed/<token>", files.signed, name="signed-artifact"),
    path(f"{REGISTERED}create", route(post=registered_models.create)),
    path(f"{REGISTERED}get", route(get=registered_models.get)),
    path(f"{REGISTERED}rename", route(post=registered_models.rename)),
    path(f"{REGISTERED}update", route(patch=registered_models.update)),
    path(f"{REGISTERED}delete", route(delete=registered_models.delete)),
    path(f"{REGISTERED}search", route(get=registered_models.search)),
    path(
        f"{REGISTERED}get-latest-versions",
        route(get=registered_models.latest_versions, post=registered_models.latest_versions),
    ),
    path(f"{REGISTERED}set-tag", route(post=registered_models.set_tag)),
    path(f"{REGISTERED}delete-tag", route(delete=registered_models.delete_tag)),
    path(
        f"{REGISTERED}alias",
        route(
            get=registered_models.get_by_alias,
            post=registered_models.set_alias,
            delete=registered_models.delete_alias,
        ),
    ),
    path(f"{VERSIONS}create", route(post=model_versions.create)),
    path(f"{VERSIONS}get", route(get=model_versions.get)),
    path(f"{VERSIONS}update", route(patch=model_versions.update)),
    path(f"{VERSIONS}delete", route(delete=model_versions.delete)),
    path(f"{VERSIONS}search", route(get=model_versions.search)),
    path(f"{VERSIONS}get-download-uri", route(get=model_versions.download_uri)),
    path(f"{VERSIONS}transition-stage", route(post=model_versions.transition)),
    path(f"{VERSIONS}set-tag", route(post=model_versions.set_tag)),
    path(f"{VERSIONS}delete-tag", route(delete=model_versions.delete_tag)),
    path("api/2.0/<anything:call>", server.unknown),
    path("api/3.0/<anything:call>", server.unknown),
]
