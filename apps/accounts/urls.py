"""Log-in, log-out, a new password, and the second factor. No sign-up and no reset by mail: both take two people."""

from allauth.account import views
from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.accounts import api
from apps.accounts.views import doors

router = SimpleRouter()
router.register("tokens", api.TokenViewSet)
urlpatterns = [
    path("api/v1/me/", api.MeView.as_view(), name="me"),
    path("api/v1/", include(router.urls)),
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    re_path(r"^welcome/(?P<reference>USR-\d+)/(?P<token>[^/]+)/$", doors.choose, name="choose-password"),
    path("2fa/", include("allauth.mfa.urls")),
]
