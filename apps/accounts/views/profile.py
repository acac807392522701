"""One's own account: password, one-time codes, keys, sessions, theme."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts import codes, sessions
from apps.accounts.forms import ThemeForm, TokenForm
from apps.accounts.models import ApiToken
from apps.accounts.roles import ROLES
from apps.accounts.selectors import history
from apps.accounts.services.own import end_session, end_sessions
from apps.accounts.services.tokens import issue_token, revoke_token
from apps.core.doors.pages import render

YEAR_SECONDS = 365 * 24 * 3600


@login_required
def show(request):
    return _page(request, TokenForm())


@login_required
@require_POST
@never_cache
def new_token(request):
    form = TokenForm(request.POST)
    if not form.carry_out(issue_token, actor=request.user):
        return _page(request, form, status=422)
    return render(request, "accounts/secret.html", {"title": "Your new key", "made": form.result, "back": "profile"})


@login_required
@require_POST
def end_token(request, number):
    token = ApiToken.objects.filter(user=request.user, pk=number).first()
    if token is None:
        raise Http404
    revoke_token(actor=request.user, token=token, now=timezone.now())
    messages.success(request, "The key is out of use.")
    return redirect("profile")


@login_required
@require_POST
def log_out_elsewhere(request):
    before = request.session.session_key
    update_session_auth_hash(request, end_sessions(actor=request.user, now=timezone.now()))
    sessions.moved(before, request.session.session_key)
    messages.success(request, "Every other browser is logged out.")
    return redirect("profile")


@login_required
@require_POST
def log_out_there(request, number):
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    session = others.filter(pk=number).first()
    if session is None:
        raise Http404
    end_session(actor=request.user, session=session, now=timezone.now())
    messages.success(request, "That browser is logged out.")
    return redirect("profile")


@login_required
@require_POST
def choose_theme(request):
    form, answer = ThemeForm(request.POST), redirect("profile")
    if form.is_valid():
        secure = settings.SESSION_COOKIE_SECURE
        answer.set_cookie("theme", form.cleaned_data["theme"], max_age=YEAR_SECONDS, samesite="Lax", secure=secure)
    return answer


def _page(request, form, *, status=200):
    user = request.user
    shown = {
        "title": "Your account",
        "roles": [ROLES[name] for name in user.roles if name in ROLES],
        "units": user.units.all(),
        "has_codes": codes.are_enrolled(user),
        "tokens": user.tokens.all()[:50],
        "sessions": sessions.listed(user, request.session.session_key),
        "form": form,
        "theme_form": ThemeForm(initial={"theme": request.COOKIES.get("theme", "auto")}),
        "log": history(user, user, limit=12),
        "delegations": _address("delegations"),
        "now": timezone.now(),
    }
    return render(request, "accounts/profile.html", shown, status=status)


def _address(name):
    """The address of a later room's page, where that room is installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
