from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.dossiers import api, views

router = SimpleRouter()
router.register("versions", api.VersionViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("versions/<reference>/submit/", views.submit, name="submit-version"),
    path("versions/<reference>/return/", views.send_back, name="return-version"),
    path("versions/<reference>/withdraw/", views.withdraw, name="withdraw-version"),
    path("versions/<reference>/attest/", views.attest, name="attest-version"),
]
