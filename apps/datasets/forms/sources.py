"""What people type about a source: where it is, by kind; its credentials, by reference; and what is minded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.doors.pages import ServiceForm
from apps.datasets.models import Dataset, Source

TABLE_HELP = "Either a table, or a query below."
CREDENTIALS = {
    "password": "Password",
    "authorization": "Value of the header",
    "access_key": "Access key",
    "secret_key": "Secret key",
    "session_token": "Session token",
}
PARTS = {
    "target": "Target column",
    "id_column": "Id column",
    "protected": "Protected columns",
    "time_column": "Time column",
}


def _text(label: str, help_text: str = "", *, required: bool = True, most: int = 300) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=most)


def _selecting() -> dict[str, forms.Field]:
    code = forms.Textarea(attrs={"class": "code", "rows": 6})
    return {
        "schema": _text("Schema", required=False),
        "table": _text("Table", TABLE_HELP, required=False),
        "query": forms.CharField(
            label="Query", help_text="One SELECT.", required=False, max_length=20_000, widget=code
        ),
    }


def place_fields(kind: str) -> dict[str, forms.Field]:
    """The fields of a kind's place, by their names in it."""
    path = _text("Path", "The whole path, below a folder that the operator has allowed.")
    if kind == "file":
        return {"path": path}
    if kind == "folder":
        return {
            "path": path,
            "pattern": _text("Names that fit", "Such as *.csv; all files if empty.", required=False),
        }
    if kind in ("sqlite", "duckdb"):
        return {"path": path, **_selecting()}
    if kind == "postgresql":
        return {
            "host": _text("Host", "One that the operator has listed."),
            "port": forms.IntegerField(label="Port", min_value=1, max_value=65535, initial=5432),
            "database": _text("Database"),
            "user": _text("Role", "One that may only read what is to be taken."),
            "tls": forms.ChoiceField(
                label="Encryption",
                choices=[
                    ("prefer", "If the server offers it"),
                    ("require", "Required"),
                    ("verify-full", "Required, certificate checked"),
                ],
            ),
            **_selecting(),
        }
    if kind == "s3":
        return {
            "endpoint": _text("Endpoint", "Empty for AWS.", required=False),
            "region": _text("Region", "us-east-1 if empty.", required=False),
            "bucket": _text("Bucket"),
            "key": _text("Key", most=1024),
        }
    return {
        "url": _text("Address", "https://…, on a host that the operator has listed."),
        "header": _text("Header of the credential", "Authorization if empty.", required=False),
        "sha256": _text("Its sha256", "Only for a file that never changes.", required=False, most=64),
    }


class SourceForm(ServiceForm, forms.Form):
    """A source of one kind, new or as it is."""

    name = forms.CharField(max_length=120)
    description = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=20_000)

    def __init__(self, *args: Any, kind: str, user: User, source: Source | None = None, **kwargs: Any):
        self.kind, self._source = kind, source
        kwargs["initial"] = {**_initial(source), **(kwargs.get("initial") or {})} if source else kwargs.get("initial")
        super().__init__(*args, **kwargs)
        if source is None:
            self.fields["dataset"] = forms.ModelChoiceField(_datasets(user), label="For which dataset")
        self._add_place()
        self._add_reading()
        self._add_minding(user)
        if source is not None:
            self.fields["revision"] = forms.IntegerField(widget=forms.HiddenInput)

    def _add_place(self) -> None:
        from apps.datasets.sources.places import KINDS

        for name, field in place_fields(self.kind).items():
            self.fields[f"place.{name}"] = field
        for name in KINDS[self.kind].CREDENTIALS:
            help_text = "Where it is, never itself: env:QUAESTOR_SOURCE_NAME or file:name."
            self.fields[f"credentials.{name}"] = _text(CREDENTIALS[name], help_text, required=False, most=200)

    def _add_reading(self) -> None:
        self.fields["mode"] = forms.ChoiceField(label="What is taken", choices=Source.Mode.choices)
        self.fields["cursor"] = _text(
            "Column that tells new rows", "One that grows: a number, a date, a timestamp.", required=False, most=200
        )
        self.fields["schedule"] = _text(
            "When",
            "Empty: when somebody asks. Else hourly, daily, weekly, monthly, or as cron has it: 0 3 * * 1-5.",
            required=False,
            most=80,
        )
        for name, label in PARTS.items():
            help_text = "With commas between them." if name == "protected" else ""
            self.fields[f"metadata.{name}"] = _text(label, help_text, required=False, most=4000)

    def _add_minding(self, user: User) -> None:
        self.fields["owner"] = forms.ModelChoiceField(_people(), initial=user.pk, label="Who answers for it")
        self.fields["classification"] = forms.ChoiceField(
            label="Handled as", choices=Dataset.Classification, initial=Dataset.Classification.CONFIDENTIAL
        )
        self.fields["legal_basis"] = forms.ChoiceField(choices=[("", "Choose"), *Source.LegalBasis.choices])
        self.fields["purpose"] = forms.CharField(
            widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=20_000
        )
        self.fields["retention_days"] = forms.IntegerField(
            label="Days for which it may be kept", min_value=1, max_value=36_525
        )
        self.fields["sensitive_columns"] = _text(
            "Sensitive columns", "With commas between them.", required=False, most=20_000
        )

    def arguments(self) -> dict[str, Any]:
        typed = self.cleaned_data
        said = {name: value for name, value in typed.items() if "." not in name}
        said["sensitive_columns"] = _names(typed["sensitive_columns"])
        for group in ("place", "credentials", "metadata"):
            said[group] = self._group(group)
        if protected := said["metadata"].get("protected"):
            said["metadata"]["protected"] = _names(protected)
        if self._source is not None:
            said["metadata"] = {**_untold(self._source), **said["metadata"]}
            return said
        return {**said, "kind": self.kind}

    def _group(self, group: str) -> dict[str, Any]:
        typed = {name: value for name, value in self.cleaned_data.items() if name.startswith(f"{group}.")}
        return {name.partition(".")[2]: value for name, value in typed.items() if value not in ("", None)}

    def show(self, refusal: Any) -> None:
        """Refusals may name more than the form has: metadata.protected[0]."""
        for where, sentences in refusal.errors.items():
            field = where.partition("[")[0]
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)
        if not refusal.errors:
            self.add_error(None, str(refusal))


class EndForm(ServiceForm, forms.Form):
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000)
    revision = forms.IntegerField(widget=forms.HiddenInput)


def _initial(source: Source) -> dict[str, Any]:
    said = {name: getattr(source, name) for name in ("name", "description", "mode", "cursor", "schedule", "revision")}
    said |= {name: getattr(source, name) for name in ("classification", "legal_basis", "purpose", "retention_days")}
    said |= {"owner": source.owner_id, "sensitive_columns": ", ".join(source.sensitive_columns)}
    for group in ("place", "credentials"):
        said |= {f"{group}.{name}": value for name, value in getattr(source, group).items()}
    told = {name: value for name, value in source.metadata.items() if name not in _untold(source)}
    return said | {f"metadata.{name}": _listed(value) for name, value in told.items()}


def _untold(source: Source) -> dict[str, Any]:
    """What was said by the API of the columns' parts that this form has no field for; it stays as it is."""
    return {
        name: value
        for name, value in source.metadata.items()
        if name not in PARTS or (isinstance(value, list) and any(not isinstance(each, str) for each in value))
    }


def _listed(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _people() -> QuerySet[User]:
    return User.objects.filter(is_active=True, account_kind=User.Kind.PERSON).order_by("name")


def _datasets(user: User) -> Any:
    return Dataset.objects.visible_to(user).order_by("-pk")
