from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.datasets.api import tables as api
from apps.datasets.views import tables as views

router = SimpleRouter()
router.register("datasets", api.DatasetViewSet)
router.register("dataset-versions", api.DatasetVersionViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("datasets/", views.index, name="datasets"),
    path("datasets/new/", views.register, name="register-dataset"),
    path("datasets/<reference>/", views.show, name="dataset"),
    path("datasets/<reference>/edit/", views.describe, name="describe-dataset"),
    path("datasets/<reference>/upload/", views.upload, name="upload-version"),
    path("dataset-versions/<reference>/", views.show_version, name="dataset-version"),
    path("dataset-versions/<reference>/table/", views.download_table, name="download-table"),
    path("dataset-versions/<reference>/source/", views.download_source, name="download-source"),
]
