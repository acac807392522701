from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action

from apps.core.doors.api import GovernedViewSet, StrictSerializer, SubjectField
from apps.exceptions import events
from apps.exceptions.filters import ExemptionFilter
from apps.exceptions.models import Exemption
from apps.exceptions.services import propose_exemption, revoke_exemption

PERSON = {"slug_field": "email", "read_only": True}


class ExemptionSerializer(serializers.ModelSerializer):
    kind = serializers.CharField(source="sort")
    subject = serializers.CharField(source="subject_reference")
    approval = serializers.CharField(source="approval_reference")
    proposed_by = serializers.SlugRelatedField(**PERSON)
    revoked_by = serializers.SlugRelatedField(**PERSON)
    live = serializers.SerializerMethodField()

    class Meta:
        model = Exemption
        fields = [
            *("reference", "kind", "subject_kind", "subject", "gate", "reason", "compensating_controls"),
            *("expires_on", "status", "live", "approval", "proposed_by", "proposed_at", "decided_at"),
            *("revoked_by", "revoked_at", "expired_at", "revision"),
        ]

    @extend_schema_field(bool)
    def get_live(self, exemption: Exemption) -> bool:
        return exemption.is_live(timezone.now())


class NewExemptionSerializer(StrictSerializer):
    kind = serializers.ChoiceField(Exemption.Sort.choices, source="sort")
    subject = SubjectField()
    gate = serializers.CharField(max_length=120, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=20_000)
    compensating_controls = serializers.CharField(max_length=20_000)
    expires_on = serializers.DateField()


class RevocationSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=20_000)


@extend_schema_view(
    list=extend_schema(summary="List exceptions."), retrieve=extend_schema(summary="Show an exception.")
)
class ExemptionViewSet(GovernedViewSet):
    """Risk acceptances, policy exceptions and waivers; each is approved, and each expires."""

    queryset = Exemption.objects.with_approval().select_related("proposed_by", "revoked_by").order_by("-pk")
    serializer_class = ExemptionSerializer
    filterset_class = ExemptionFilter
    bodies = {"create": NewExemptionSerializer, "revocation": RevocationSerializer}

    def get_serializer_class(self) -> Any:
        return self.bodies.get(self.action, ExemptionSerializer)

    @extend_schema(request=NewExemptionSerializer, responses={201: ExemptionSerializer})
    def create(self, request):
        """Propose an exception."""
        return self.carry_out(propose_exemption, events.EXEMPTION_PROPOSED)

    @extend_schema(request=RevocationSerializer, responses={201: ExemptionSerializer})
    @action(detail=True, methods=["post"])
    def revocation(self, request, reference):
        """Revoke an exception before it expires."""
        return self.carry_out(revoke_exemption, events.EXEMPTION_REVOKED, exemption=self.get_object())
