from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.references import URL_PATTERN
from apps.deployments import api, views

router = SimpleRouter()
router.register("deployments", api.DeploymentViewSet)
releases = api.ReleaseViewSet.as_view({"post": "create"})
urlpatterns = [
    re_path(rf"^api/v1/versions/(?P<reference>{URL_PATTERN})/deployments/$", releases, name="version-releases"),
    path("api/v1/", include(router.urls)),
    path("deployments/", views.index, name="deployments"),
    path("deployments/<reference>/", views.show, name="deployment"),
    path("deployments/<reference>/stop/", views.halt, name="stop-deployment"),
    path("versions/<reference>/release/", views.release, name="release-version"),
]
