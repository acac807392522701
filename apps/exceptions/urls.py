from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.exceptions import api, views

router = SimpleRouter()
router.register("exceptions", api.ExemptionViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("exceptions/", views.index, name="exceptions"),
    path("exceptions/new/", views.propose, name="propose-exemption"),
    path("exceptions/<reference>/", views.show, name="exemption"),
    path("exceptions/<reference>/revocation/", views.revoke, name="revoke-exemption"),
]
