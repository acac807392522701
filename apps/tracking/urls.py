from django.urls import include, path

from apps.tracking.views import experiments, logged_models, runs, selections

urlpatterns = [
    path("", include("apps.tracking.protocol.urls")),
    path("experiments/", experiments.index, name="experiments"),
    path("experiments/<reference>/", experiments.show, name="experiment"),
    path("experiments/<reference>/columns/", experiments.choose_columns, name="choose-columns"),
    path("experiments/<reference>/compare/", runs.compare, name="compare-runs"),
    path("experiments/<reference>/select/", selections.select, name="select-run"),
    path("runs/<reference>/", runs.show, name="run"),
    path("selections/<reference>/", selections.show, name="selection"),
    path("selections/<reference>/promote/", selections.promote_it, name="promote-selection"),
    path("logged-models/<reference>/", logged_models.show, name="logged-model"),
]
