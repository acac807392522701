from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.evaluations import api, views

router = SimpleRouter()
router.register("evaluations", api.EvaluationViewSet)
router.register("tests", api.TestViewSet, basename="test")
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("evaluations/<reference>/", views.show, name="evaluation"),
    path("versions/compare/", views.compare, name="compare-versions"),
    path("versions/<reference>/dry-run/", views.dry_run, name="dry-run"),
]
