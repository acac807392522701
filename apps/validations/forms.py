from typing import Any

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.core.errors import Refused
from apps.signatures.forms import SigningForm
from apps.validations.models import Validation
from apps.validations.questions import Question, questions_for
from apps.validations.services import ASSESSMENTS

CHOICES = [("", "Not assessed yet"), *((key, key.replace("_", " ").capitalize()) for key in ASSESSMENTS)]


def prose(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ScopeForm(ServiceForm, forms.Form):
    scope = forms.CharField(label="What you will look at", max_length=20_000, widget=prose())


class RevalidationForm(ServiceForm, forms.Form):
    reason = forms.CharField(label="Why it has to be validated again", max_length=20_000, widget=prose())


class AnswersForm(ServiceForm, forms.Form):
    """The challenge questions of a version's tier; whatever is answered so far is kept."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, validation: Validation, **kwargs: Any) -> None:
        self.questions = questions_for(validation.version.model.tier)
        initial: dict[str, Any] = {"revision": validation.revision}
        for key, said in validation.answers.items():
            initial |= {f"answer_{key}": said["answer"], f"assessment_{key}": said["assessment"]}
        super().__init__(*args, initial=initial, **kwargs)
        for question in self.questions:
            self.fields[f"answer_{question.key}"] = forms.CharField(
                label=question.text, required=False, max_length=20_000, widget=prose(3)
            )
            self.fields[f"assessment_{question.key}"] = forms.ChoiceField(
                label=f"Assessment: {question.key}", choices=CHOICES, required=False
            )
        for field in self.fields.values():
            field.asked_later = True  # one may go on tomorrow, and none of them is optional

    @property
    def has_answers(self) -> bool:
        """Whether the answers came along with what was sent."""
        return any(name.startswith("answer_") for name in self.data)

    @property
    def sections(self) -> list[tuple[str, list[tuple[Any, Any]]]]:
        """The questions by section, each as its two fields."""
        by_section: dict[str, list[Question]] = {}
        for question in self.questions:
            by_section.setdefault(question.section, []).append(question)
        return [
            (title, [(self[f"answer_{one.key}"], self[f"assessment_{one.key}"]) for one in asked])
            for title, asked in by_section.items()
        ]

    def arguments(self) -> dict[str, Any]:
        said = self.cleaned_data
        pairs = {one.key: (said[f"answer_{one.key}"], said[f"assessment_{one.key}"]) for one in self.questions}
        answers = {key: {"answer": text, "assessment": mark} for key, (text, mark) in pairs.items() if text or mark}
        return {"answers": answers, "revision": said["revision"]}

    def show(self, refusal: Refused) -> None:
        refusal.errors = {name.replace("answers.", "answer_"): said for name, said in refusal.errors.items()}
        super().show(refusal)


class ConclusionForm(SigningForm):
    conclusion = forms.ChoiceField(choices=Validation.Conclusion.choices, widget=forms.RadioSelect)
    summary = forms.CharField(label="Summary", max_length=20_000, widget=prose(5))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["conclusion", "summary", "password", "otp"])
