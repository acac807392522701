from django.urls import path, re_path

from apps.core.references import URL_PATTERN
from apps.reports import api, views

urlpatterns = [
    re_path(rf"^api/v1/versions/(?P<reference>{URL_PATTERN})/card/$", api.CardView.as_view(), name="card-api"),
    re_path(r"^api/v1/validations/(?P<reference>VAL-[0-9]+)/report/$", api.ReportView.as_view(), name="report-api"),
    path("validations/<reference>/report.<ending>", views.report, name="report-file"),
    path("versions/<reference>/card/", views.show, name="card"),
    path("versions/<reference>/card.<ending>", views.download, name="card-file"),
]
