from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.references import URL_PATTERN
from apps.validations import api, views

router = SimpleRouter()
router.register("validations", api.ValidationViewSet)
of_a_version = rf"^api/v1/versions/(?P<reference>{URL_PATTERN})/"
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("validations/", views.index, name="validations"),
    path("validations/<reference>/", views.show, name="validation"),
    path("validations/<reference>/conclusion/", views.conclude, name="conclude-validation"),
    path("versions/<reference>/validations/new/", views.take_on, name="take-on-validation"),
    path("versions/<reference>/revalidation/new/", views.ask_again, name="ask-revalidation"),
    re_path(
        of_a_version + r"validations/$", api.VersionValidationsViewSet.as_view({"get": "list", "post": "create"})
    ),
    re_path(of_a_version + r"revalidation/$", api.VersionValidationsViewSet.as_view({"post": "revalidation"})),
]
