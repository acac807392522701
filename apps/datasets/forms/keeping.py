"""What people type about how long data is kept, and what versions are called."""

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.datasets.models import DatasetVersion
from apps.datasets.services.tags import HOW

REASON = {"max_length": 4_000, "widget": forms.Textarea(attrs={"rows": 4})}


class VersionChoice(forms.ModelChoiceField):
    """One of a dataset's versions, by its reference."""

    def label_from_instance(self, version):
        return f"{version.reference} · {version.created_at:%d %b %Y}"


def kept_versions(dataset):
    return dataset.versions.kept().order_by("-number")


class RetentionForm(ServiceForm, forms.Form):
    days = forms.IntegerField(
        required=False, label="Days", help_text="From the day a table was first taken in. Empty: it is kept for good."
    )
    reason = forms.CharField(label="Why so long", help_text="The law or the rule that asks for it.", **REASON)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)


class HoldForm(ServiceForm, forms.Form):
    version = VersionChoice(
        DatasetVersion.objects.none(), required=False, empty_label="The whole dataset", label="On"
    )
    reason = forms.CharField(help_text="The matter, and who asked for it.", **REASON)

    def __init__(self, *args, dataset, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].queryset = kept_versions(dataset)


class ReasonForm(ServiceForm, forms.Form):
    reason = forms.CharField(**REASON)
    revision = forms.IntegerField(widget=forms.HiddenInput)


class TagForm(ServiceForm, forms.Form):
    name = forms.CharField(max_length=40, help_text=HOW)
    version = VersionChoice(DatasetVersion.objects.none(), required=False, empty_label="None: take it off")
    note = forms.CharField(required=False, label="What it says of the version", **REASON)
    moved_from = VersionChoice(DatasetVersion.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, dataset, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].queryset = kept_versions(dataset)
        self.fields["moved_from"].queryset = dataset.versions.all()
