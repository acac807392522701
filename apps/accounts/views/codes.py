"""allauth's pages of one-time codes, each of whose changes is an event in the same transaction."""

from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.cache import never_cache

from apps.accounts import events
from apps.audit.acts import tell


class Told:
    """Carries out what the form asks for together with `event`, on the person's own account."""

    event = None
    success_url = reverse_lazy("profile")

    def form_valid(self, form):
        user = self.request.user
        with tell(self.event, actor=user, subject=user, now=timezone.now()):
            return super().form_valid(form)


class Enrol(Told, ActivateTOTPView):
    event = events.CODES_ENROLLED
    success_url = reverse_lazy("mfa_view_recovery_codes")


class End(Told, DeactivateTOTPView):
    event = events.CODES_ENDED

    def get_form_kwargs(self):
        said = super().get_form_kwargs()
        if self.request.method != "POST":
            said["data"] = None
        return said


class NewRecoveryCodes(Told, GenerateRecoveryCodesView):
    event = events.RECOVERY_CODES_MADE
    success_url = reverse_lazy("mfa_view_recovery_codes")


enrol = never_cache(Enrol.as_view())
end = never_cache(End.as_view())
recovery_codes = never_cache(ViewRecoveryCodesView.as_view())
new_recovery_codes = never_cache(NewRecoveryCodes.as_view())
download = never_cache(DownloadRecoveryCodesView.as_view())
