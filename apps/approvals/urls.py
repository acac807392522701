from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.approvals import api, views

router = SimpleRouter()
router.register("approvals", api.ApprovalViewSet)
router.register("delegations", api.DelegationViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("approvals/", views.index, name="approvals"),
    path("approvals/delegations/", views.delegating, name="delegations"),
    path("approvals/delegations/<reference>/ending/", views.end_delegation, name="end-delegation"),
    path("approvals/<reference>/", views.show, name="approval"),
    path("approvals/<reference>/withdrawal/", views.withdraw, name="withdraw-approval"),
    path("approvals/<reference>/suspension/", views.suspend, name="suspend-approval"),
    path("approvals/<reference>/lifting/", views.lift, name="lift-suspension"),
    path("approvals/<reference>/conditions/<int:number>/<deed>/", views.on_condition, name="on-condition"),
]
