from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.policies import api, views

router = SimpleRouter()
router.register("policies", api.PolicyViewSet)
urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("policies/", views.index, name="policies"),
    path("policies/new/", views.propose, name="propose-policy"),
    path("policies/<reference>/", views.show, name="policy"),
    path("policies/<reference>/draft/", views.draft, name="draft-policy"),
    path("policies/<reference>/diff/", views.diff, name="policy-diff"),
    path("policies/<reference>/versions/<int:number>/", views.show_version, name="policy-version"),
    path("policies/<reference>/versions/<int:number>/edit/", views.edit, name="edit-policy"),
    path("policies/<reference>/versions/<int:number>/publish/", views.publish, name="publish-policy"),
    path("policies/<reference>/versions/<int:number>/withdraw/", views.withdraw, name="withdraw-policy"),
]
