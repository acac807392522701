from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.references import URL_PATTERN
from apps.retirement import api, views

router = SimpleRouter()
router.register("retirements", api.RetirementViewSet)
plans = api.PlanViewSet.as_view({"get": "list", "post": "create"})
urlpatterns = [
    path("api/v1/", include(router.urls)),
    re_path(rf"^api/v1/models/(?P<model>{URL_PATTERN})/retirement/$", plans, name="model-retirement"),
    path("models/<reference>/retire/", views.plan, name="plan-retirement"),
    path("retirements/<reference>/", views.show, name="retirement"),
]
