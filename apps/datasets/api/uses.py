"""What rests on data, for programs."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core import uses


class UseSerializer(serializers.Serializer):
    of = serializers.CharField(help_text="The reference of what is used.")
    part = serializers.CharField(help_text="What it is to what rests on it, as words.")
    kind = serializers.CharField()
    reference = serializers.CharField(help_text="What rests on it.")
    title = serializers.CharField()
    status = serializers.CharField(help_text="Where what rests on it stands.")
    live = serializers.BooleanField(help_text="Whether it is in the way of disposing of the data.")


class UsesSerializer(serializers.Serializer):
    uses = UseSerializer(many=True)
    hidden = serializers.IntegerField(help_text="How much more rests on it that you may not see.")


def shown(references, user):
    found, hidden = uses.seen(references, user)
    return UsesSerializer({"uses": [use.as_dict() for use in found], "hidden": hidden}).data


class UsesOfDatasets:
    """What rests on a dataset, for its viewset."""

    @extend_schema(responses=UsesSerializer)
    @action(detail=True)
    def uses(self, request, reference):
        """Show what rests on a dataset or on any of its versions."""
        dataset = self.get_object()
        references = [dataset.reference, *dataset.versions.values_list("reference", flat=True)]
        return Response(shown(references, request.user))


class UsesOfVersions:
    """What rests on a version, for its viewset."""

    @extend_schema(responses=UsesSerializer)
    @action(detail=True)
    def uses(self, request, reference):
        """Show what rests on a version of a dataset."""
        return Response(shown([self.get_object().reference], request.user))
