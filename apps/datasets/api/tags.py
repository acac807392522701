"""How programs name versions."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from apps.core.doors.api import StrictSerializer
from apps.datasets import events
from apps.datasets.api.references import VersionField
from apps.datasets.models import Tag
from apps.datasets.selectors.tags import in_use
from apps.datasets.services.tags import set_tag


class TagSerializer(serializers.ModelSerializer):
    version = serializers.SlugRelatedField("reference", read_only=True)
    set_by = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Tag
        fields = ["reference", "name", "version", "note", "set_by", "set_at"]


class TagBodySerializer(StrictSerializer):
    name = serializers.CharField(max_length=40)
    version = VersionField(allow_null=True, help_text="Where it is to point; null takes it off.")
    note = serializers.CharField(max_length=4_000, allow_blank=True, required=False)
    moved_from = VersionField(required=False, help_text="Where you saw it; 409 if it points elsewhere by now.")


class TagsOfDatasets:
    """A dataset's tags, for its viewset."""

    bodies = {"set_tag": TagBodySerializer}

    @extend_schema(responses=TagSerializer(many=True))
    @action(detail=True, filter_backends=())
    def tags(self, request, reference):
        """List a dataset's tags and the versions they point to."""
        page = self.paginate_queryset(in_use(self.get_object()).order_by("-pk"))
        return self.get_paginated_response(TagSerializer(page, many=True).data)

    @extend_schema(request=TagBodySerializer, responses={201: TagSerializer})
    @tags.mapping.post
    def set_tag(self, request, reference):
        """Put a tag on a version, move it to another one, or take it off.

        Where a version's reference is taken, `DS-0001@golden` is what the tag points to then.
        """
        return self.carry_out(set_tag, events.TAG_SET, answer=_tag, dataset=self.get_object())


def _tag(row):
    return TagSerializer(row).data
