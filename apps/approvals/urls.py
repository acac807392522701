from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.approvals import api

router = SimpleRouter()
router.register("approvals", api.ApprovalViewSet)
router.register("delegations", api.DelegationViewSet)
urlpatterns = [path("api/v1/", include(router.urls))]
