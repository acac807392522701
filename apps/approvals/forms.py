from datetime import datetime
from typing import Any

from django import forms

from apps.accounts.models import User
from apps.accounts.roles import ROLES
from apps.approvals import events
from apps.approvals.models import Approval, Decision
from apps.approvals.seats import Seat, obstacle_to
from apps.core.doors.pages import ServiceForm
from apps.core.errors import Refused
from apps.core.rendering import ExplainedRadioSelect
from apps.signatures.forms import SigningForm

CONDITION_ROWS = 3
GRANTS = ("approve", "approve_with_conditions")


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def prose(rows: int = 4, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class DecisionForm(SigningForm):
    """Deciding and signing: why a choice is closed stands beside it, and conditions have rows that need no script."""

    template_name = "approvals/_decision_form.html"

    decision = forms.ChoiceField(choices=Decision.Kind.choices, widget=ExplainedRadioSelect)
    reason = forms.CharField(label="Reason", max_length=20_000, widget=prose())
    exceptions = forms.CharField(
        label="Exceptions you rely on",
        required=False,
        max_length=400,
        help_text="Their references, with commas between: EXC-0001, EXC-0002.",
    )
    dossier_digest = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, approval: Approval, seat: Seat, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, initial={"dossier_digest": approval.dossier_digest}, **kwargs)
        self.obstacle = obstacle_to(approval, (), now)
        self.in_place_of = seat.principal
        self.fields["decision"].widget.closed = _closed(approval, self.obstacle)
        for row in range(1, CONDITION_ROWS + 1):
            self.fields[f"condition_{row}"] = forms.CharField(
                label=f"Condition {row}", required=False, max_length=4000, widget=prose(2)
            )
            self.fields[f"due_{row}"] = forms.DateField(
                label=f"Until, condition {row}", required=False, widget=DateInput()
            )

    @property
    def condition_fields(self) -> list[tuple[Any, Any]]:
        """The rows for conditions: what has to be done, and until when."""
        return [(self[f"condition_{row}"], self[f"due_{row}"]) for row in range(1, CONDITION_ROWS + 1)]

    @property
    def unfolded(self) -> bool:
        """Whether conditions and exceptions are shown: something is typed there, or something is wrong there."""
        folded = [self["exceptions"], *(field for row in self.condition_fields for field in row)]
        return any(field.value() or field.errors for field in folded)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for row in range(1, CONDITION_ROWS + 1):
            text, due = said.get(f"condition_{row}"), said.get(f"due_{row}")
            if text and not due and not self.has_error(f"due_{row}"):
                self.add_error(f"due_{row}", "Say until when.")
            if due and not text:
                self.add_error(f"condition_{row}", "Say what has to be done.")
        return said

    def arguments(self) -> dict[str, Any]:
        said = self.cleaned_data
        given = {
            name: said[name] for name in ("decision", "reason", "dossier_digest", "password", "otp") if name in said
        }
        named = [reference.strip() for reference in said["exceptions"].split(",") if reference.strip()]
        conditions = [{"text": said[f"condition_{row}"], "due": said[f"due_{row}"]} for row in self._used()]
        return {**given, "exceptions": named, "conditions": conditions}

    def show(self, refusal: Refused) -> None:
        """A refusal about a condition stands beside its row."""
        rows = self._used() or [1]
        moved = {
            f"conditions[{place}].{name}": f"{'due' if name == 'due' else 'condition'}_{row}"
            for place, row in enumerate(rows)
            for name in ("due", "text")
        }
        moved["conditions"] = f"condition_{rows[0]}"
        refusal.errors = {moved.get(name, name): said for name, said in refusal.errors.items()}
        super().show(refusal)

    def _used(self) -> list[int]:
        return [row for row in range(1, CONDITION_ROWS + 1) if self.cleaned_data.get(f"condition_{row}")]


def _closed(approval: Approval, obstacle: str | None) -> dict[str, str]:
    if obstacle:
        return dict.fromkeys(GRANTS, "something stands in the way")
    return {} if approval.rule.conditions.allowed else {"approve_with_conditions": "its route allows no conditions"}


class ReasonForm(ServiceForm, forms.Form):
    reason = forms.CharField(label="Reason", max_length=20_000, widget=prose())
    revision = forms.IntegerField(widget=forms.HiddenInput)


class FulfilmentForm(ServiceForm, forms.Form):
    note = forms.CharField(label="What was done, with its figures", max_length=20_000, widget=prose())
    references = forms.CharField(
        label="What shows it",
        required=False,
        max_length=400,
        help_text="References, with commas between: EVL-0004, DS-0002@1.",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def arguments(self) -> dict[str, Any]:
        said = self.cleaned_data
        named = [reference.strip() for reference in said["references"].split(",") if reference.strip()]
        evidence = {"references": named} if named else {}
        return {"note": said["note"], "evidence": evidence, "revision": said["revision"]}


class NoteForm(ServiceForm, forms.Form):
    note = forms.CharField(label="What you looked at", max_length=20_000, widget=prose())
    revision = forms.IntegerField(widget=forms.HiddenInput)


class DelegationForm(ServiceForm, forms.Form):
    deputy = forms.ModelChoiceField(queryset=User.objects.none(), label="Who decides in your place")
    role = forms.ChoiceField(label="The role you lend")
    ends_at = forms.DateTimeField(
        label="Until",
        help_text="In UTC.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(label="Reason", max_length=4000, widget=prose(2))

    def __init__(self, *args: Any, principal: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, ROLES[role].title) for role in principal.roles if role in ROLES]
        self.fields["deputy"].queryset = _deputies(principal)


def _deputies(principal: User) -> Any:
    """People of the principal's units who may decide at all."""
    room, _, codename = str(events.DECISION_SIGNED.permission).partition(".")
    people = User.objects.filter(is_active=True, account_kind=User.Kind.PERSON).exclude(pk=principal.pk)
    held = people.filter(groups__permissions__codename=codename, groups__permissions__content_type__app_label=room)
    return held.filter(units__in=principal.unit_ids).distinct().order_by("name")
