from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.core.references import URL_PATTERN
from apps.inventory import api, views

router = SimpleRouter()
router.register("models", api.ModelViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("models/", views.index, name="models"),
    path("models/new/", views.register, name="register-model"),
    path("models/export.<form>", views.export, name="export-models"),
    path("models/views/", views.save_view, name="save-view"),
    path("models/<reference>/", views.show, name="model"),
    path("models/<reference>/change/", views.change, name="change-model"),
    path("models/<reference>/intake/", views.intake, name="decide-intake"),
    path("models/<reference>/uses/new/", views.add_use, name="add-use"),
    path("models/<reference>/uses/<int:number>/end/", views.end_use, name="end-use"),
    path("models/<reference>/dependencies/<int:number>/end/", views.end_dependency, name="end-dependency"),
    path("models/<reference>/limitations/new/", views.state_limitation, name="state-limitation"),
    path("models/<reference>/dependencies/new/", views.add_dependency, name="add-dependency"),
    re_path(rf"^versions/(?P<reference>{URL_PATTERN})/$", views.version, name="version"),
]
