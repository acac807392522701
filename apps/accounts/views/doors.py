"""The ways in that allauth doesn't have."""

from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from apps.accounts import links
from apps.accounts.forms import ChosenPasswordForm
from apps.accounts.models import User
from apps.accounts.services.own import choose_password
from apps.core.doors.pages import render

IN_SESSION = "link"


@never_cache
@sensitive_post_parameters()
def choose(request, reference, token):
    """Where a one-time link leads. The token goes into the session, so that it stays in no address and no log."""
    user = User.objects.people().filter(pk=int(reference.removeprefix("USR-"))).first()
    if user is None:
        raise Http404
    if token != IN_SESSION:
        request.session.flush()  # nobody goes on in a session that they did not begin themselves
        request.session[IN_SESSION] = token
        return redirect("choose-password", reference, IN_SESSION)
    kept = request.session.get(IN_SESSION, "")
    if not links.holds(user, kept):
        return render(request, "accounts/choose.html", {"title": "This link can't be used"}, status=404)
    form = ChosenPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.carry_out(choose_password, actor=user, token=kept):
        request.session.flush()
        return redirect("account_login")
    status = 422 if form.errors else 200
    shown = {"title": "Choose a password", "form": form, "person": user}
    return render(request, "accounts/choose.html", shown, status=status)
