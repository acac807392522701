from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.audit import api, views

router = SimpleRouter()
router.register("audit/events", api.EventViewSet, basename="audit-event")
router.register("audit/exports", api.ExportViewSet, basename="audit-export")
router.register("audit/verifications", api.VerificationViewSet, basename="audit-verification")
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("api/v1/audit/checkpoint/", api.CheckpointView.as_view(), name="audit-checkpoint"),
    path("api/v1/audit/key/", api.KeyView.as_view(), name="audit-key"),
    path("api/v1/audit/consistency/", api.ConsistencyView.as_view(), name="audit-consistency"),
    path("audit/", views.index, name="audit"),
    path("audit/events/<int:seq>/", views.show, name="audit-event"),
    path("audit/events/<int:seq>/proof/", views.proof, name="audit-event-proof-page"),
    path("audit/events/<int:seq>/erasure/", views.erase, name="erase-event"),
    path("audit/exports/", views.exports, name="audit-exports"),
    path("audit/exports/<reference>/", views.export, name="audit-export-page"),
    path("audit/exports/<reference>/file/", views.export_file, name="audit-export-download"),
    path("audit/verification/", views.verify, name="verify-ledger"),
    path("audit/verifier/", views.verifier, name="audit-verifier"),
]
