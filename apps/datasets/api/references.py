"""Versions as programs name them: by their reference, or by a tag of their dataset."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tags import reference_of


@extend_schema_field(serializers.CharField(help_text="A version's reference, or a tag: DS-0001@2, DS-0001@golden."))
class VersionField(serializers.Field):
    """The version that a reference or a tag names, where the caller may see it."""

    def to_internal_value(self, data):
        user = self.context["request"].user
        found = None
        if isinstance(data, str):
            found = DatasetVersion.objects.visible_to(user).filter(reference=reference_of(data, user)).first()
        if found is None:
            raise serializers.ValidationError("There is no such version, or you may not see it.")
        return found
