from typing import Any

from django import forms

from apps.core.doors.pages import ServiceForm


class DryRunForm(ServiceForm, forms.Form):
    """Nothing to type: which version is in the address."""

    def arguments(self) -> dict[str, Any]:
        return {"dry_run": True}
