from django import forms


class LineageForm(forms.Form):
    """What is asked about, and which of its columns are thought away."""

    of = forms.CharField(
        max_length=700,
        label="Of",
        help_text="A reference such as DS-0001@1 or MDL-0001@1.0.0, or namespace and name of a table elsewhere.",
    )
    columns = forms.CharField(
        max_length=4000,
        required=False,
        label="If these columns go",
        help_text="With commas between them; empty: what rests on any of it.",
    )

    def clean_columns(self) -> list[str]:
        return sorted({name.strip() for name in self.cleaned_data["columns"].split(",") if name.strip()})
