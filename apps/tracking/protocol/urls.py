"""The protocol's addresses."""

from django.urls import path

from apps.tracking.protocol import experiments, server
from apps.tracking.protocol.door import route

MLFLOW = "api/2.0/mlflow/"

urlpatterns = [
    path("health", server.health),
    path("version", server.version),
    path("api/3.0/mlflow/server-info", server.server_info),
    path(f"{MLFLOW}experiments/create", route(post=experiments.create)),
    path(f"{MLFLOW}experiments/get", route(get=experiments.get)),
    path(f"{MLFLOW}experiments/get-by-name", route(get=experiments.get_by_name)),
    path("api/2.0/<path:call>", server.unknown),
    path("api/3.0/<path:call>", server.unknown),
]
