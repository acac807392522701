from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.pipelines.api import definitions as api
from apps.pipelines.api import runs as runs_api
from apps.pipelines.views import definitions as views
from apps.pipelines.views import runs

router = SimpleRouter()
router.register("pipelines", api.PipelineViewSet)
router.register("pipeline-runs", runs_api.PipelineRunViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("", include("apps.pipelines.gate_urls")),
    path("pipelines/", views.index, name="pipelines"),
    path("pipelines/new/", views.propose, name="propose-pipeline"),
    path("pipelines/runs/", runs.index, name="pipeline-runs"),
    path("pipelines/runs/<reference>/", runs.show, name="pipeline-run"),
    path("pipelines/runs/<reference>/progress/", runs.progress, name="pipeline-run-progress"),
    path("pipelines/runs/<reference>/cancel/", runs.cancel, name="cancel-pipeline-run"),
    path("pipelines/runs/<reference>/retry/", runs.retry, name="retry-pipeline-run"),
    path("pipelines/runs/<reference>/steps/<name>/", runs.step, name="pipeline-step"),
    path("pipelines/runs/<reference>/steps/<name>/log/", runs.log, name="pipeline-step-log"),
    path("pipelines/runs/<reference>/steps/<name>/files/<output>/", runs.file, name="pipeline-step-file"),
    path("pipelines/<reference>/", views.show, name="pipeline"),
    path("pipelines/<reference>/run/", runs.start, name="start-pipeline"),
    path("pipelines/<reference>/draft/", views.draft, name="draft-pipeline"),
    path("pipelines/<reference>/diff/", views.diff, name="pipeline-diff"),
    path("pipelines/<reference>/pause/", views.pause, name="pause-pipeline"),
    path("pipelines/<reference>/resume/", views.resume, name="resume-pipeline"),
    path("pipelines/<reference>/takeover/", views.take_over, name="take-pipeline"),
    path("pipelines/<reference>/versions/<int:number>/", views.show_version, name="pipeline-version"),
    path("pipelines/<reference>/versions/<int:number>/edit/", views.edit, name="edit-pipeline"),
    path("pipelines/<reference>/versions/<int:number>/publish/", views.publish, name="publish-pipeline"),
    path("pipelines/<reference>/versions/<int:number>/withdraw/", views.withdraw, name="withdraw-pipeline"),
]
