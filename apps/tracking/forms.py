from typing import Any

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.tracking.models import Selection
from apps.tracking.selectors.tables import MOST_COLUMNS, Column

FILTER_HELP = "For example: metrics.auc > 0.8 AND params.depth IN ('3', '4')"


class RunsForm(forms.Form):
    """Which of an experiment's runs, and in what order, in MLflow's own words."""

    filter = forms.CharField(label="Filter", required=False, max_length=2000, help_text=FILTER_HELP)
    order = forms.CharField(label="Order", required=False, max_length=300, help_text="For example: metrics.auc DESC")

    def orders(self) -> list[str]:
        """What to sort by; of what can't be said in a text box nothing is lost, a comma stands between two."""
        return [one.strip() for one in self.cleaned_data["order"].split(",") if one.strip()]


class ColumnsForm(forms.Form):
    columns = forms.MultipleChoiceField(
        label="Columns",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What the last 200 runs logged. Choose none to see what most runs have.",
    )

    def __init__(self, *args: Any, offered: list[Column], chosen: list[Column], **kwargs: Any) -> None:
        super().__init__(*args, initial={"columns": [column.name for column in chosen]}, **kwargs)
        names = {column.name: column.name for column in (*offered, *chosen)}
        self.fields["columns"].choices = list(names.items())  # type: ignore[attr-defined]

    def clean_columns(self) -> list[str]:
        said: list[str] = self.cleaned_data["columns"]
        if len(said) > MOST_COLUMNS:
            raise forms.ValidationError(f"Choose {MOST_COLUMNS} columns at most; a wider table can't be read.")
        return said


class SelectionForm(ServiceForm, forms.Form):
    objective = forms.ChoiceField(label="The metric that decides")
    direction = forms.ChoiceField(label="Best is", choices=Selection.Direction.choices)
    constraints = forms.CharField(
        label="Only runs that pass",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example: metrics.impact_ratio >= 0.8 AND metrics.inputs <= 50",
    )
    reason = forms.CharField(label="Why by this criterion", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, metrics: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["objective"].choices = [(name, name) for name in metrics]  # type: ignore[attr-defined]


class PromotionForm(ServiceForm, forms.Form):
    model = forms.ModelChoiceField(label="Of which model", queryset=None, to_field_name="reference")
    note = forms.CharField(
        label="What the owner should know", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, models: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["model"].queryset = models  # type: ignore[attr-defined]
