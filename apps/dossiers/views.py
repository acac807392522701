from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.core.doors.api import require
from apps.core.doors.pages import render, visible_or_404
from apps.core.events import Event
from apps.dossiers import events, services
from apps.dossiers.forms import AttestationForm, ReasonForm, SubmissionForm
from apps.inventory import events as moves
from apps.inventory.models import ModelVersion

VERSIONS = ModelVersion.objects.select_related("model__business_unit")


def on_a_version(title: str, button: str, form_class: Any, service: Any, event: Event, told: str) -> Any:
    """A view that moves a version by one form and one service."""

    @login_required
    def view(request: HttpRequest, reference: str) -> HttpResponse:
        version = visible_or_404(VERSIONS, request.user, reference=reference)
        require(request.user, event, version)
        form = form_class(request.POST or None, initial={"revision": version.revision})
        if request.method == "POST" and form.carry_out(service, actor=request.user, version=version):
            return redirect(version)
        return _form(request, form, version, title, button, told)

    return view


submit = on_a_version(
    "Submit it to be judged",
    "Submit",
    SubmissionForm,
    services.submit,
    moves.VERSION_SUBMITTED,
    "It is scored and measured on its evaluation data. Where the gates let it pass it goes on to validation; "
    "otherwise it comes back to you as a draft, with its evidence.",
)
send_back = on_a_version(
    "Send it back",
    "Send back",
    ReasonForm,
    services.return_version,
    moves.VERSION_RETURNED,
    "It becomes a draft again, and its developers read your reason.",
)
withdraw = on_a_version(
    "Withdraw it",
    "Withdraw",
    ReasonForm,
    services.withdraw_version,
    moves.VERSION_WITHDRAWN,
    "It becomes a draft again. An open validation of it ends.",
)


@login_required
def attest(request: HttpRequest, reference: str) -> HttpResponse:
    version = visible_or_404(VERSIONS, request.user, reference=reference)
    require(request.user, events.USE_ATTESTED, version)
    form = AttestationForm(request.POST or None, signer=request.user)
    if request.method == "POST" and form.sign_and_carry_out(
        services.accept, ready=services.require_attestable, version=version
    ):
        return redirect(version)
    told = "You attest, as the model's owner, what it is used for. It is a signature, and no vote on the version."
    return _form(request, form, version, "Attest its use", "Sign and attest", told)


def _form(request: HttpRequest, form: Any, version: ModelVersion, title: str, button: str, told: str) -> HttpResponse:
    model = version.model
    crumbs = [
        ("Model inventory", "/models/"),
        (model.reference, model.get_absolute_url()),
        (version.number, version.get_absolute_url()),
        (title, ""),
    ]
    context = {"form": form, "version": version, "title": title, "button": button, "told": told, "crumbs": crumbs}
    return render(request, "dossiers/form.html", context)
