"""What is different between two versions, for programs."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.doors.filtering import require_known
from apps.core.doors.pages import visible_or_404
from apps.core.errors import BadInput
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.differences import key_for, shown_difference
from apps.datasets.selectors.tags import reference_of
from apps.datasets.services.differences import difference
from apps.jobs.doors import accepted
from apps.jobs.models import Job

ASKED = [
    OpenApiParameter("against", str, required=True, description="The earlier version, or a tag: DS-0001@1."),
    OpenApiParameter("key", str, many=True, description="The columns that name a row; the id of both unless said."),
]


class NamedColumnSerializer(serializers.Serializer):
    name = serializers.CharField()
    type = serializers.CharField()


class RetypedColumnSerializer(serializers.Serializer):
    name = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class SchemaChangeSerializer(serializers.Serializer):
    added = NamedColumnSerializer(many=True)
    removed = NamedColumnSerializer(many=True)
    retyped = RetypedColumnSerializer(many=True)
    moved = serializers.BooleanField(help_text="Whether columns that both have stand in another order.")
    same = serializers.IntegerField(help_text="Columns whose cells are the very same, by their digests.")
    changed = serializers.ListField(child=serializers.CharField())


class DifferenceSideSerializer(serializers.Serializer):
    reference = serializers.CharField()
    digest = serializers.CharField()
    rows = serializers.IntegerField()


class RowChangesSerializer(serializers.Serializer):
    by = serializers.ChoiceField(["key", "whole_rows"])
    over = serializers.IntegerField(help_text="How many columns were compared.")
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    changed = serializers.IntegerField(allow_null=True, help_text="Null where rows are compared as wholes.")
    same = serializers.IntegerField()
    examples = serializers.JSONField(
        allow_null=True, help_text="{added: [row], removed: [row]}; for who may read rows."
    )


class CellChangesSerializer(serializers.Serializer):
    column = serializers.CharField()
    changed = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of the rows that both have.")
    examples = serializers.JSONField(allow_null=True, help_text="[{key, before, after}]; for who may read rows.")


class SpreadSerializer(serializers.Serializer):
    column = serializers.CharField()
    type = serializers.CharField()
    kind = serializers.ChoiceField(["number", "category", "same", "too_many_values", "retyped"])
    missing = serializers.ListField(child=serializers.IntegerField(), help_text="Before and after.")
    n = serializers.ListField(child=serializers.IntegerField(), required=False, help_text="Before and after.")
    distinct = serializers.ListField(child=serializers.IntegerField(), required=False)
    psi = serializers.FloatField(required=False, help_text="Nats, over the earlier table's deciles or levels.")
    psi_floor = serializers.FloatField(required=False, help_text="What sampling alone exceeds in 1% of comparisons.")
    js = serializers.FloatField(required=False, help_text="Jensen-Shannon distance, base 2.")
    ks = serializers.FloatField(required=False, help_text="Kolmogorov-Smirnov distance over 256 quantiles.")
    ks_floor = serializers.FloatField(required=False)
    bins = serializers.JSONField(required=False, help_text="[[label, rows before, rows after]].")


class DifferenceSerializer(serializers.Serializer):
    before = DifferenceSideSerializer()
    after = DifferenceSideSerializer()
    key = serializers.ListField(child=serializers.CharField(), help_text="Empty where rows are compared as wholes.")
    schema = SchemaChangeSerializer()
    rows = RowChangesSerializer()
    cells = CellChangesSerializer(many=True)
    distributions = SpreadSerializer(many=True, help_text="Columns that changed, those that moved most first.")


class DifferencesOfVersions:
    """What is different in a version, for its viewset."""

    @extend_schema(
        parameters=ASKED,
        responses={
            200: DifferenceSerializer,
            202: OpenApiResponse({"type": "object"}, description="It is being worked out; see the job."),
        },
    )
    @action(detail=True)
    def diff(self, request, reference):
        """Show what is different between two versions.

        Schema, rows by a key or as wholes, changed cells by column, and how distributions moved. What is large is
        worked out by a job; what was worked out once is kept.
        """
        require_known(request, ("against", "key"))
        after = self.get_object()
        against = request.query_params.get("against", "")
        if not against:
            raise BadInput(errors={"against": ["Name the version to compare with, such as DS-0001@1."]})
        before = visible_or_404(DatasetVersion, request.user, reference=reference_of(against, request.user))
        key = key_for(before, after, request.query_params.getlist("key"))
        found = difference(actor=request.user, before=before, after=after, key=key, now=timezone.now())
        if isinstance(found, Job):
            return accepted(found)
        return Response(DifferenceSerializer(shown_difference(found, before, after, request.user)).data)
