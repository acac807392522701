from django.urls import include, path

from apps.tracking.views import experiments, logged_models, runs

urlpatterns = [
    path("", include("apps.tracking.protocol.urls")),
    path("experiments/", experiments.index, name="experiments"),
    path("experiments/<reference>/", experiments.show, name="experiment"),
    path("runs/<reference>/", runs.show, name="run"),
    path("logged-models/<reference>/", logged_models.show, name="logged-model"),
]
