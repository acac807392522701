from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.exceptions import api

router = SimpleRouter()
router.register("exceptions", api.ExemptionViewSet)
urlpatterns = [path("api/v1/", include(router.urls))]
