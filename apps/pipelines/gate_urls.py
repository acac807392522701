from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.references import URL_PATTERN
from apps.pipelines.api import gate as gate_api
from apps.pipelines.views import gate

VERSION = rf"^api/v1/versions/(?P<reference>{URL_PATTERN})"

router = SimpleRouter()
router.register("gate-checks", gate_api.GateCheckViewSet)
router.register("test-reports", gate_api.TestReportViewSet)
urlpatterns = [
    re_path(rf"{VERSION}/gate/$", gate_api.GateViewSet.as_view({"get": "show_answer"}), name="version-gate"),
    re_path(
        rf"{VERSION}/gate-checks/$",
        gate_api.GateChecksOfAVersion.as_view({"post": "create"}),
        name="version-gate-checks",
    ),
    re_path(
        rf"{VERSION}/test-reports/$",
        gate_api.TestReportsOfAVersion.as_view({"post": "create"}),
        name="version-test-reports",
    ),
    path("api/v1/", include(router.urls)),
    path("gate-checks/", gate.index, name="gate-checks"),
    path("gate-checks/<reference>/", gate.show, name="gate-check"),
    path("test-reports/<reference>/", gate.report, name="test-report"),
]
