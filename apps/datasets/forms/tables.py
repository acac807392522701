import json

from django import forms

from apps.accounts.models import BusinessUnit
from apps.core.doors.pages import ServiceForm
from apps.datasets.models import Dataset

PARTS = ("target", "id_column", "score", "prediction", "weight", "time_column")


class DatasetForm(ServiceForm, forms.Form):
    name = forms.CharField(max_length=120)
    description = forms.CharField(
        widget=forms.Textarea, required=False, help_text="What a row is, where it comes from, what it leaves out."
    )
    classification = forms.ChoiceField(choices=Dataset.Classification, initial=Dataset.Classification.CONFIDENTIAL)
    business_unit = forms.ModelChoiceField(BusinessUnit.objects.none())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        units = BusinessUnit.objects.filter(pk__in=user.unit_ids)
        self.fields["business_unit"].queryset = units
        self.fields["business_unit"].initial = units.first()


class DescriptionForm(ServiceForm, forms.Form):
    name = forms.CharField(max_length=120)
    description = forms.CharField(widget=forms.Textarea, required=False)
    classification = forms.ChoiceField(choices=Dataset.Classification)
    revision = forms.IntegerField(widget=forms.HiddenInput)


class UploadForm(ServiceForm, forms.Form):
    """A file, and which of its columns plays which part; an empty part is not said."""

    file = forms.FileField(
        help_text="CSV in UTF-8 with the columns' names in its first line, or Parquet.", allow_empty_file=True
    )
    target = forms.CharField(max_length=200, required=False, label="Target column")
    protected = forms.CharField(
        max_length=4000, required=False, label="Protected columns", help_text="With commas between them."
    )
    id_column = forms.CharField(max_length=200, required=False, label="Id column")
    score = forms.CharField(
        max_length=4000, required=False, label="Score columns", help_text="Several: in the order of the classes."
    )
    prediction = forms.CharField(max_length=200, required=False, label="Prediction column")
    weight = forms.CharField(max_length=200, required=False, label="Weight column")
    time_column = forms.CharField(max_length=200, required=False, label="Time column")

    def arguments(self):
        upload = self.cleaned_data["file"]
        return {"received": upload.received, "filename": upload.name, "metadata": self.metadata()}

    def metadata(self):
        said = {part: self.cleaned_data[part].strip() for part in PARTS if self.cleaned_data[part].strip()}
        if "," in said.get("score", ""):
            said["score"] = _names(said["score"])
        protected = _names(self.cleaned_data["protected"])
        return said | ({"protected": protected} if protected else {})

    def show(self, refusal):
        """Refusals name metadata.protected[0]; the form has one field for the whole list."""
        for where, sentences in refusal.errors.items():
            field = where.removeprefix("metadata.").partition("[")[0].partition(".")[0]
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)
        if not refusal.errors:
            self.add_error("file", str(refusal))


def _names(text):
    return [name.strip() for name in text.split(",") if name.strip()]


def spelled(metadata):
    """Metadata as a page shows it: [(part, column or columns)]."""
    return [(part.replace("_", " "), _listed(value)) for part, value in metadata.items()]


def _listed(value):
    items = value if isinstance(value, list) else [value]
    return ", ".join(item if isinstance(item, str) else json.dumps(item) for item in items)
