import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.core import panels
from apps.core.doors.api import require
from apps.core.doors.pages import listing, render, visible_or_404
from apps.core.events import Event
from apps.inventory.models import ModelVersion
from apps.validations import events, forms, services
from apps.validations.filters import ValidationFilter
from apps.validations.models import Validation
from apps.validations.panels import answered
from apps.validations.questions import QUESTIONS, questions_for
from apps.validations.validators import at_it, objection

CRUMB = ("Validations", "/validations/")
SHOWN = ("version__model__owner", "version__created_by", "validator", "signature")


@login_required
def index(request: HttpRequest) -> HttpResponse:
    rows = Validation.objects.visible_to(request.user).select_related(*SHOWN).order_by("-pk")
    context = {"title": "Validations", **listing(request, rows, ValidationFilter)}
    context["lines"] = [(validation, answered(validation)) for validation in context["rows"]]
    return render(request, "validations/index.html", context)


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    """The questions for who is at it; the signed report, read-only, once it is concluded."""
    validation = _found(request, reference)
    form = _answers(request, validation)
    if request.method == "POST":
        require(request.user, events.QUESTION_ANSWERED, validation)
        form = form or forms.AnswersForm(request.POST, validation=validation)
        if form.carry_out(services.answer_questions, actor=request.user, validation=validation):
            messages.success(request, "Your answers are kept.")
            if not request.POST.get("summary"):
                return redirect(validation)
            validation = _found(request, reference)
            form = forms.AnswersForm(validation=validation)
    return render(
        request, "validations/show.html", _page(request, validation, form, _conclusion(request, validation))
    )


@login_required
@require_POST
def conclude(request: HttpRequest, reference: str) -> HttpResponse:
    validation = _found(request, reference)
    require(request.user, events.VALIDATION_CONCLUDED, validation)
    validation.require_open_to(events.VALIDATION_CONCLUDED)
    form = forms.ConclusionForm(request.POST, signer=request.user)
    answers, kept = _kept(request, validation)
    if kept and form.sign_and_carry_out(services.conclude, validation=validation):
        messages.success(request, f"Signed as {form.result.signature.reference}.")
        return redirect(validation)
    return render(request, "validations/show.html", _page(request, validation, answers, form))


def _kept(request: HttpRequest, validation: Validation) -> tuple[forms.AnswersForm, bool]:
    """The answers that were typed and not kept yet are kept before anybody signs: one signs what one sees."""
    typed = forms.AnswersForm(request.POST, validation=validation)
    if not typed.has_answers or not typed.has_changed():
        return forms.AnswersForm(validation=validation), True
    if not typed.carry_out(services.answer_questions, actor=request.user, validation=validation):
        return typed, False
    validation.refresh_from_db()
    return forms.AnswersForm(validation=validation), True


def _page(request: HttpRequest, validation: Validation, form: Any, conclusion: Any) -> dict[str, Any]:
    return {
        "validation": validation,
        "version": validation.version,
        "form": form,
        "barred": _barred(request, validation),
        "conclusion": conclusion,
        "progress": answered(validation),
        "report": json.loads(validation.report) if validation.report else None,
        "questions": _said(validation),
        "facts": [
            ("Version", validation.version.reference),
            ("Kind", validation.get_sort_display()),
            ("Validator", validation.validator),
            ("Begun", validation.opened_at.date()),
            ("Due", validation.due),
        ],
        "panels": panels.rendered("validation", validation, request),
        "crumbs": [CRUMB, (validation.reference, "")],
    }


def _said(validation: Validation) -> list[dict[str, Any]]:
    if validation.report:  # the words that were signed, whatever is asked today
        sections = {one.key: one.section for one in QUESTIONS}
        return [
            {**one, "section": sections.get(one["key"], "")} for one in json.loads(validation.report)["questions"]
        ]
    asked = questions_for(validation.version.model.tier)
    return [{"text": one.text, "section": one.section, **validation.answers.get(one.key, {})} for one in asked]


def _is_at_it(request: HttpRequest, validation: Validation) -> bool:
    return validation.status == Validation.Status.OPEN and validation.validator == request.user == at_it(validation)


def _barred(request: HttpRequest, validation: Validation) -> str | None:
    """Why who is at it can't go on."""
    at_work = validation.status == Validation.Status.OPEN and validation.validator == request.user
    return objection(request.user, validation.version, validation) if at_work else None


def _answers(request: HttpRequest, validation: Validation) -> forms.AnswersForm | None:
    return forms.AnswersForm(request.POST or None, validation=validation) if _is_at_it(request, validation) else None


def _conclusion(request: HttpRequest, validation: Validation) -> forms.ConclusionForm | None:
    begun = {name: request.POST[name] for name in ("conclusion", "summary") if name in request.POST}
    at_work = _is_at_it(request, validation)
    return forms.ConclusionForm(signer=request.user, initial=begun) if at_work else None


def _found(request: HttpRequest, reference: str) -> Validation:
    found: Validation = visible_or_404(Validation.objects.select_related(*SHOWN), request.user, reference=reference)
    return found


def on_a_version(title: str, lead: str, button: str, form_class: Any, service: Any, event: Event) -> Any:
    """A view that begins a validation of a version by one form."""

    @login_required
    def view(request: HttpRequest, reference: str) -> HttpResponse:
        version = visible_or_404(ModelVersion, request.user, reference=reference.replace("%40", "@"))
        require(request.user, event, version)
        form = form_class(request.POST or None)
        if request.method == "POST" and form.carry_out(service, actor=request.user, version=version):
            return redirect(form.result)
        context = {"form": form, "title": title, "lead": lead, "button": button, "back": version.get_absolute_url()}
        crumbs = [CRUMB, (version.reference, version.get_absolute_url()), (title, "")]
        return render(request, "forms/page.html", {**context, "crumbs": crumbs})

    return view


take_on = on_a_version(
    "Take the validation on",
    "Whoever developed or owns the version can't.",
    "Take it on",
    forms.ScopeForm,
    services.open_validation,
    events.VALIDATION_OPENED,
)
ask_again = on_a_version(
    "Ask for a revalidation",
    "A validator takes it on; the version stays in use until they conclude.",
    "Ask for it",
    forms.RevalidationForm,
    services.ask_revalidation,
    events.REVALIDATION_ASKED,
)
