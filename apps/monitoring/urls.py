from django.urls import include, path, re_path
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.routers import SimpleRouter

from apps.core.references import URL_PATTERN
from apps.monitoring import api, views

ROWS = [JSONParser, api.ParquetParser, MultiPartParser]
MODEL = rf"^api/v1/models/(?P<reference>{URL_PATTERN})"
of_model = api.WatchingViewSet.as_view

router = SimpleRouter()
router.register("batches", api.BatchViewSet)
router.register("alerts", api.AlertViewSet)
urlpatterns = [
    re_path(rf"{MODEL}/predictions/$", of_model({"post": "predictions"}, parser_classes=ROWS), name="predictions"),
    re_path(rf"{MODEL}/outcomes/$", of_model({"post": "outcomes"}, parser_classes=ROWS), name="outcomes"),
    re_path(rf"{MODEL}/monitoring/$", of_model({"get": "monitoring"}), name="monitoring-of-model"),
    re_path(rf"{MODEL}/monitoring/windows/$", of_model({"post": "windows"}), name="monitoring-windows"),
    path("api/v1/", include(router.urls)),
    path("monitoring/", views.index, name="monitoring"),
    path("monitoring/alerts/", views.alerts, name="alerts"),
    path("monitoring/alerts/<reference>/", views.alert, name="alert"),
    path("monitoring/alerts/<reference>/acknowledgement/", views.acknowledgement, name="acknowledge-alert"),
    path("monitoring/alerts/<reference>/finding/", views.finding, name="alert-finding"),
    path("monitoring/alerts/<reference>/revalidation/", views.revalidation, name="alert-revalidation"),
    path("monitoring/alerts/<reference>/closure/", views.closure, name="close-alert"),
    path("monitoring/windows/<reference>/", views.window, name="window"),
    path("monitoring/<reference>/", views.show, name="model-monitoring"),
    path("monitoring/<reference>/close/", views.close, name="close-window"),
]
