from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.references import URL_PATTERN
from apps.validations import api

router = SimpleRouter()
router.register("validations", api.ValidationViewSet)
of_a_version = rf"^api/v1/versions/(?P<reference>{URL_PATTERN})/"
urlpatterns = [
    path("api/v1/", include(router.urls)),
    re_path(
        of_a_version + r"validations/$", api.VersionValidationsViewSet.as_view({"get": "list", "post": "create"})
    ),
    re_path(of_a_version + r"revalidation/$", api.VersionValidationsViewSet.as_view({"post": "revalidation"})),
]
