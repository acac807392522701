"""Log-in, log-out, a new password, and the second factor. No sign-up and no reset by mail: both take two people."""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from apps.accounts import api
from apps.accounts.views import codes, doors, people, profile, units

PERSON = r"(?P<reference>USR-[0-9]{1,18})"

router = SimpleRouter()
router.register("tokens", api.TokenViewSet)
router.register("people", api.PersonViewSet, basename="person")
router.register("role-grants", api.RoleGrantViewSet)
router.register("units", api.UnitViewSet)
urlpatterns = [
    path("api/v1/me/", api.MeView.as_view(), name="me"),
    path("api/v1/", include(router.urls)),
    # the doors
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/", RedirectView.as_view(pattern_name="profile"), name="mfa_index"),
    path("2fa/totp/activate/", codes.enrol, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", codes.end, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", codes.recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", codes.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", codes.download, name="mfa_download_recovery_codes"),
    re_path(rf"^welcome/{PERSON}/(?P<token>[^/]+)/$", doors.choose, name="choose-password"),
    # one's own account
    path("profile/", profile.show, name="profile"),
    path("profile/tokens/", profile.new_token, name="new-token"),
    path("profile/tokens/<int:number>/end/", profile.end_token, name="end-token"),
    path("profile/sessions/end/", profile.log_out_elsewhere, name="end-sessions"),
    path("profile/sessions/<int:number>/end/", profile.log_out_there, name="end-session"),
    path("profile/theme/", profile.choose_theme, name="choose-theme"),
    # everybody's
    path("people/", people.index, name="people"),
    path("people/new/", people.invite, name="invite"),
    path("people/programs/new/", people.add_machine, name="add-machine"),
    path("people/units/", units.index, name="units"),
    path("people/units/new/", units.add, name="add-unit"),
    path("people/units/<int:number>/", units.change, name="change-unit"),
    path("people/roles/", units.roles, name="roles"),
    re_path(
        r"^people/grants/(?P<reference>GRT-\d+)/(?P<deed>grant|decline|revoke)/$",
        people.decide_grant,
        name="decide-grant",
    ),
    re_path(
        r"^people/resets/(?P<reference>RST-\d+)/(?P<deed>carry-out|decline)/$",
        people.decide_reset,
        name="decide-reset",
    ),
    re_path(rf"^people/{PERSON}/$", people.show, name="person"),
    re_path(rf"^people/{PERSON}/tokens/$", people.machine_token, name="machine-token"),
    re_path(rf"^people/{PERSON}/tokens/(?P<number>\d+)/end/$", people.revoke_token, name="revoke-token"),
    re_path(rf"^people/{PERSON}/(?P<deed>{'|'.join(people.DEEDS)})/$", people.do, name="about-person"),
]
