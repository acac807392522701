"""Models over the API."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from apps.accounts.models import BusinessUnit, User
from apps.core.doors.api import GovernedViewSet, StrictSerializer, etag, require
from apps.core.doors.reading import StrictJSON
from apps.core.idempotency import answer_once
from apps.files.uploading import raise_refusal
from apps.inventory import events, selectors
from apps.inventory.api.versions import (
    NEW_VERSION,
    NewVersionSerializer,
    PersonField,
    VersionSerializer,
    scanned,
    scanned_original,
)
from apps.inventory.filters import ModelFilter
from apps.inventory.materiality import AxisSerializer, MaterialitySerializer
from apps.inventory.models import Dependency, Limitation, Model, Use
from apps.inventory.services import registering, versions
from apps.inventory.tiering import axes_in_force


class UseSerializer(serializers.ModelSerializer):
    class Meta:
        model = Use
        fields = ["number", "name", "population", "boundaries", "created_at", "ended_at"]


class NewUseSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200)
    population = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    boundaries = serializers.CharField(max_length=4000, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value({"name": data} if isinstance(data, str) else data)


class LimitationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Limitation
        fields = ["number", "sort", "text", "created_at"]


class NewLimitationSerializer(StrictSerializer):
    text = serializers.CharField(max_length=4000)
    sort = serializers.ChoiceField(Limitation.Sort.choices, default=Limitation.Sort.LIMITATION)


class DependencySerializer(serializers.ModelSerializer):
    class Meta:
        model = Dependency
        fields = ["upstream_kind", "upstream", "note", "ended_at"]


class NewDependencySerializer(StrictSerializer):
    upstream_kind = serializers.ChoiceField(["model", "dataset", "external"])
    upstream = serializers.CharField(max_length=120)
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class EndingSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class ModelSerializer(serializers.ModelSerializer):
    kind = serializers.CharField(source="kind_of_model")
    business_unit = serializers.SlugRelatedField("name", read_only=True)
    owner = PersonField(read_only=True)
    accountable_executive = PersonField(read_only=True)
    developers = serializers.SerializerMethodField()
    uses = UseSerializer(many=True)
    limitations = LimitationSerializer(many=True)
    dependencies = DependencySerializer(many=True)

    class Meta:
        model = Model
        fields = [
            *("reference", "name", "purpose", "description", "kind", "business_unit", "legal_entity"),
            *("jurisdictions", "owner", "accountable_executive", "developers", "vendor", "materiality"),
            *("tier", "tier_reasons", "tier_method", "intake", "intake_reason", "uses", "limitations"),
            *("dependencies", "contingency", "next_review", "status", "created_at", "revision"),
        ]

    def get_developers(self, model: Model) -> list[str]:
        return [row.user.email for row in model.developer_rows.all()]


class DescriptionSerializer(StrictSerializer):
    """What is said of a model; PATCH takes any of it."""

    name = serializers.CharField(max_length=120)
    purpose = serializers.CharField(max_length=20_000)
    description = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    kind = serializers.ChoiceField(Model.Kind.choices, source="kind_of_model", required=False)
    legal_entity = serializers.CharField(max_length=120, required=False, allow_blank=True)
    jurisdictions = serializers.ListField(
        child=serializers.RegexField(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"), required=False
    )
    owner = PersonField(required=False)
    accountable_executive = PersonField(required=False, allow_null=True)
    developers = PersonField(many=True, required=False, queryset=User.objects.filter(is_active=True))
    vendor = serializers.CharField(max_length=120, required=False, allow_blank=True)
    materiality = MaterialitySerializer(required=False)
    contingency = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    next_review = serializers.DateField(required=False, allow_null=True)


class RegistrationSerializer(DescriptionSerializer):
    business_unit = serializers.SlugRelatedField("name", queryset=BusinessUnit.objects.all())
    uses = NewUseSerializer(many=True, required=False)


class IntakeSerializer(StrictSerializer):
    decision = serializers.ChoiceField([Model.Intake.MODEL, Model.Intake.NOT_A_MODEL])
    reason = serializers.CharField(max_length=4000)


class TierSerializer(StrictSerializer):
    tier = serializers.IntegerField(min_value=1, max_value=5, allow_null=True, help_text="null: the method's again.")
    reason = serializers.CharField(max_length=4000)


class ModelViewSet(GovernedViewSet):
    queryset = (
        Model.objects.select_related("business_unit", "owner", "accountable_executive")
        .prefetch_related("developer_rows__user", "uses", "limitations", "dependencies")
        .order_by("-pk")
    )
    serializer_class = ModelSerializer
    filterset_class = ModelFilter
    bodies = {
        "create": RegistrationSerializer,
        "partial_update": DescriptionSerializer,
        "intake": IntakeSerializer,
        "tier": TierSerializer,
        "uses": NewUseSerializer,
        "limitations": NewLimitationSerializer,
        "dependencies": NewDependencySerializer,
        "versions": NewVersionSerializer,
        "end_use": EndingSerializer,
        "end_dependency": EndingSerializer,
    }

    def get_serializer_class(self) -> Any:
        return self.bodies.get(self.action, ModelSerializer)

    @extend_schema(responses={201: ModelSerializer})
    def create(self, request):
        """Register a model."""
        return self.carry_out(registering.register_model, events.MODEL_REGISTERED)

    @extend_schema(responses=ModelSerializer)
    def partial_update(self, request, reference):
        """Change what is said of a model."""
        model = self.get_object()
        require(request.user, events.MODEL_CHANGED, model)
        return self.carry_out(
            registering.change_model,
            events.MODEL_CHANGED,
            status=200,
            partial=True,
            model=model,
            revision=self.expected_revision(model),
        )

    @extend_schema(responses=AxisSerializer(many=True))
    @action(detail=False, pagination_class=None, filter_backends=())
    def axes(self, request):
        """Show what the tiering method in force asks.

        The axes of a model's materiality, and the levels to choose from.
        """
        return Response(AxisSerializer(axes_in_force(timezone.now()), many=True).data)

    @extend_schema(responses={201: ModelSerializer})
    @action(detail=True, methods=["post"])
    def intake(self, request, reference):
        """Decide whether it is a model at all."""
        return self.carry_out(registering.decide_intake, events.INTAKE_DECIDED, model=self.get_object())

    @extend_schema(responses={201: ModelSerializer})
    @action(detail=True, methods=["post"])
    def tier(self, request, reference):
        """Set a model's tier by hand, with a reason."""
        return self.carry_out(registering.set_tier, events.TIER_SET, model=self.get_object())

    @extend_schema(responses={201: UseSerializer})
    @action(detail=True, methods=["post"])
    def uses(self, request, reference):
        """Add a use to a model."""
        return self._add(registering.add_use, events.USE_ADDED, UseSerializer)

    @extend_schema(responses={201: LimitationSerializer})
    @action(detail=True, methods=["post"])
    def limitations(self, request, reference):
        """State a limitation of a model."""
        return self._add(registering.state_limitation, events.LIMITATION_STATED, LimitationSerializer)

    @extend_schema(responses={201: DependencySerializer})
    @action(detail=True, methods=["post"])
    def dependencies(self, request, reference):
        """Say what a model depends on."""
        return self._add(registering.add_dependency, events.DEPENDENCY_ADDED, DependencySerializer)

    @extend_schema(responses={201: UseSerializer})
    @action(detail=True, methods=["post"], url_path=r"uses/(?P<number>\d+)/ending")
    def end_use(self, request, reference, number):
        """End a use of a model."""
        use = get_object_or_404(self.get_object().uses, number=number)
        return self.carry_out(registering.end_use, events.USE_ENDED, answer=_use, use=use)

    @extend_schema(responses={201: DependencySerializer})
    @action(detail=True, methods=["post"], url_path=r"dependencies/(?P<upstream>[^/]+)/ending")
    def end_dependency(self, request, reference, upstream):
        """End a model's dependency."""
        dependency = selectors.newest_dependency(self.get_object(), upstream)
        if dependency is None:
            raise Http404
        return self.carry_out(
            registering.end_dependency, events.DEPENDENCY_ENDED, answer=_dependency, dependency=dependency
        )

    @extend_schema(
        methods=["POST"], summary="Add a version.", request=NEW_VERSION, responses={201: VersionSerializer}
    )
    @extend_schema(methods=["GET"], summary="List a model's versions.", responses=VersionSerializer(many=True))
    @action(detail=True, methods=["get", "post"], parser_classes=[MultiPartParser, StrictJSON], filter_backends=())
    def versions(self, request, reference):
        model = self.get_object()
        if request.method == "GET":
            rows = model.versions.select_related(
                "model", "created_by", "artifact__blob", "parity_artifact__blob"
            ).order_by("-pk")
            return self.get_paginated_response(VersionSerializer(self.paginate_queryset(rows), many=True).data)
        return self._add_version(request, model)

    def _add(self, service, event, shown):
        return self.carry_out(service, event, model=self.get_object(), answer=lambda row: shown(row).data)

    def _add_version(self, request, model):
        require(request.user, events.VERSION_ADDED, model)
        body = NewVersionSerializer(data=request.data)
        raise_refusal(request)
        body.is_valid(raise_exception=True)
        said, files = body.validated_data["metadata"], body.validated_data
        artifact = scanned(said, files["artifact"]) if files.get("artifact") else None
        original = scanned_original(said, files["parity_artifact"]) if files.get("parity_artifact") else None

        def produce() -> Response:
            now = timezone.now()
            made = versions.add_version(
                actor=request.user,
                model=model,
                metadata=said,
                artifact=artifact,
                parity_artifact=original,
                now=now,
            )
            return Response(VersionSerializer(made).data, status=201, headers=etag(made))

        return answer_once(request, produce)


def _use(use: Use) -> Any:
    return UseSerializer(use).data


def _dependency(dependency: Dependency) -> Any:
    return DependencySerializer(dependency).data
