from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from apps.accounts.models import User
from apps.core.doors.pages import ServiceForm
from apps.core.errors import Refused
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.selectors.tables import columns
from apps.features.models import FeatureViewVersion
from apps.features.services.planning import TIMES, Asked

NEW = ""


class BeginningForm(forms.Form):
    """Which labels, and features of which views; asked first, because the rest depends on it."""

    labels = forms.CharField(
        label="Labels",
        max_length=60,
        help_text="A version of a dataset: DS-0002@1. Each row is a label of some moment.",
    )
    views = forms.MultipleChoiceField(label="Views", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, views: Sequence[FeatureViewVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["views"].choices = [
            (one.view.reference, f"{one.view.name} ({one.view.entity}, {len(one.definition.features)} features)")
            for one in views
        ]


class TrainingSetForm(ServiceForm, forms.Form):
    """What is to be made of a version of labels and some views."""

    label_time = forms.ChoiceField(label="Moment of a label")
    target = forms.ChoiceField(
        label="Target", required=False, help_text="What is to be learnt; no feature may tell it."
    )
    dataset = forms.ChoiceField(label="Becomes a version of", required=False)
    name = forms.CharField(
        label="Name of the new dataset", max_length=120, required=False, help_text="Where it is to be a new one."
    )

    def __init__(
        self,
        *args: Any,
        labels: DatasetVersion,
        views: Sequence[FeatureViewVersion],
        user: User,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.labels, self.views = labels, views
        found = columns(labels)
        times = [name for name, column in found.items() if column.type in TIMES]
        self.fields["label_time"].choices = [(name, name) for name in times]
        self.fields["label_time"].initial = labels.metadata.get("time_column")
        self.fields["target"].choices = [("", "None"), *((name, name) for name in found)]
        self.fields["target"].initial = labels.metadata.get("target", "")
        datasets: Any = Dataset.objects.visible_to(user)
        listed = [(row.reference, str(row)) for row in datasets.order_by("-pk")[:200]]
        self.fields["dataset"].choices = [(NEW, "A new dataset"), *listed]
        for place, version in enumerate(views):
            self._ask(place, version, list(found))

    def _ask(self, place: int, version: FeatureViewVersion, names: list[str]) -> None:
        features = version.definition.features
        self.fields[f"features_{place}"] = forms.MultipleChoiceField(
            label="Features",
            choices=[(one.name, f"{one.name} (protected)" if one.protected else one.name) for one in features],
            initial=[one.name for one in features],
            widget=forms.CheckboxSelectMultiple,
        )
        for key in version.definition.keys:
            self.fields[f"key_{place}_{key}"] = forms.ChoiceField(
                label=f"Key {key} is", choices=[(name, name) for name in names], initial=key
            )
        self.fields[f"prefix_{place}"] = forms.RegexField(
            r"^[a-z][a-z0-9_]*\Z",
            label="Prefix",
            required=False,
            max_length=30,
            help_text="Before each feature's name, where two would be called the same.",
        )

    @property
    def general(self) -> Iterator[Any]:
        """The fields that are of no view."""
        return (self[name] for name in ("label_time", "target", "dataset", "name"))

    @property
    def by_view(self) -> Iterator[tuple[FeatureViewVersion, list[Any]]]:
        """Each view with its fields."""
        for place, version in enumerate(self.views):
            keys = [f"key_{place}_{key}" for key in version.definition.keys]
            yield version, [self[name] for name in (f"features_{place}", *keys, f"prefix_{place}")]

    def arguments(self) -> dict[str, Any]:
        said = self.cleaned_data
        dataset = Dataset.objects.filter(reference=said["dataset"]).first() if said["dataset"] else None
        return {
            "labels": self.labels,
            "label_time": said["label_time"],
            "target": said["target"],
            "views": [self._asked(place, version) for place, version in enumerate(self.views)],
            "dataset": dataset,
            "name": "" if dataset else said["name"],
        }

    def show(self, refusal: Refused) -> None:
        """Refusals name views[0].keys; the form has a field for each key."""
        for where, sentences in refusal.errors.items():
            field = self._field_of(where)
            for sentence in sentences:
                self.add_error(field, sentence)
        if not refusal.errors:
            self.add_error(None, str(refusal))

    def _field_of(self, where: str) -> str | None:
        if where in self.fields:
            return where
        for place, version in enumerate(self.views):
            part = where.removeprefix(f"views[{place}].")
            named = {"features": f"features_{place}", "prefix": f"prefix_{place}"}
            named["keys"] = f"key_{place}_{version.definition.keys[0]}"
            if part != where and part in named:
                return named[part]
        return None

    def _asked(self, place: int, version: FeatureViewVersion) -> Asked:
        said = self.cleaned_data
        return Asked(
            view=version,
            features=tuple(said[f"features_{place}"]),
            keys={key: said[f"key_{place}_{key}"] for key in version.definition.keys},
            prefix=said[f"prefix_{place}"],
        )
