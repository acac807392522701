from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.inventory import api, views

router = SimpleRouter()
router.register("models", api.ModelViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("models/", views.index, name="models"),
    path("models/new/", views.register, name="register-model"),
    path("models/<reference>/", views.show, name="model"),
]
