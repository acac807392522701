from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer, require
from apps.core.doors.filtering import require_known
from apps.core.errors import NotYet
from apps.core.idempotency import answer_once
from apps.evaluations import events
from apps.evaluations.filters import EvaluationFilter, ResultFilter
from apps.evaluations.models import Evaluation, Result, Verdict
from apps.evaluations.selectors import newest_of
from apps.evaluations.services import request_evaluation, require_dry_runnable
from apps.inventory.models import ModelVersion
from apps.jobs.doors import accepted
from apps.jobs.models import Job
from apps.measures import catalogue
from apps.measures.definitions import Family

OPTIONAL = ("attribute", "group", "class", "slice", "reason", "series")
SUITES = ["standard"]


class ResultSerializer(serializers.ModelSerializer):
    """One number with what it means; fields that say nothing about this result are left out."""

    evaluation = serializers.SlugRelatedField("reference", read_only=True)

    class Meta:
        model = Result
        fields = [
            *("measure", "measure_version", "family", "value", "low", "high", "confidence", "interval_method", "n"),
            *("attribute", "group", "slice", "unit", "convention", "direction", "status", "reason"),
            *("dataset_digest", "evaluation", "series"),
        ]

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "class": serializers.CharField(source="class_label", required=False)}

    def to_representation(self, row: Result) -> dict[str, Any]:
        said = super().to_representation(row)
        return {name: value for name, value in said.items() if name not in OPTIONAL or value not in (None, "")}


class VerdictSerializer(serializers.ModelSerializer):
    policy = serializers.SlugRelatedField("reference", read_only=True)
    evaluation = serializers.SlugRelatedField("reference", read_only=True)
    dry_run = serializers.BooleanField(source="evaluation.dry_run", read_only=True)

    class Meta:
        model = Verdict
        fields = ["outcome", "policy", "gates", "digest", "given_at", "evaluation", "dry_run"]


class EvaluationSerializer(serializers.ModelSerializer):
    version = serializers.SlugRelatedField("reference", read_only=True)
    requested_by = serializers.SlugRelatedField("email", read_only=True)
    outcome = serializers.CharField(source="verdict.outcome", default=None, read_only=True)

    class Meta:
        model = Evaluation
        fields = [
            *("reference", "version", "dry_run", "status", "outcome", "job", "requested_by", "requested_at"),
            *("finished_at", "predictions", "reference_predictions", "results_digest", "engine", "error"),
        ]


class DryRunSerializer(StrictSerializer):
    dry_run = serializers.BooleanField(help_text="True: a submission asks for its own evaluation.")
    suite = serializers.ChoiceField(SUITES, required=False, help_text="Which measures; all that suit the task.")

    def validate_dry_run(self, said: bool) -> bool:
        if not said:
            raise serializers.ValidationError("Submit the version instead: that evaluates it for its dossier.")
        return said


class TestSerializer(serializers.Serializer):
    """A measure of the catalogue."""

    id = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    family = serializers.ChoiceField([str(family) for family in Family])
    tasks = serializers.ListField(child=serializers.CharField())
    parameters = serializers.DictField(child=serializers.CharField())
    formula = serializers.CharField()
    source = serializers.CharField()
    reading = serializers.CharField()
    unit = serializers.CharField()
    convention = serializers.CharField()
    interval = serializers.CharField()
    direction = serializers.CharField()


def accepted_evaluation(evaluation: Evaluation, **more: Any) -> Response:
    """202 for an evaluation that has been asked for: its job in Location, its reference beside."""
    return accepted(Job.objects.get(pk=evaluation.job), evaluation=evaluation.reference, **more)


ACCEPTED = {
    202: inline_serializer(
        "Accepted",
        {"job": serializers.JSONField(), "evaluation": serializers.CharField(), "status": serializers.CharField()},
    )
}


class EvaluationsOfAVersion(GovernedViewSet):
    """What the viewset of versions has from this room: evaluations, results, verdict."""

    asked = {"results": ("kind", "evaluation", "measure", "attribute", "status")}

    @extend_schema(
        methods=["GET"], summary="List a version's evaluations.", responses=EvaluationSerializer(many=True)
    )
    @extend_schema(
        methods=["POST"],
        summary="Evaluate a version to look at, before it is submitted.",
        description="Results and verdict are no part of the dossier: a submission evaluates anew.",
        request=DryRunSerializer,
        responses=ACCEPTED,
    )
    @action(detail=True, methods=["get", "post"], filter_backends=())
    def evaluations(self, request: Request, reference: str) -> Response:
        version = self.get_object()
        if request.method == "GET":
            rows = version.evaluations.select_related("version", "requested_by", "verdict").order_by("-pk")
            return self.get_paginated_response(EvaluationSerializer(self.paginate_queryset(rows), many=True).data)

        def first() -> None:
            require(request.user, events.EVALUATION_REQUESTED, version)
            require_dry_runnable(version)

        def produce() -> Response:
            body = DryRunSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            now = timezone.now()
            return accepted_evaluation(request_evaluation(actor=request.user, version=version, now=now, dry_run=True))

        return answer_once(request, produce, first=first)

    @extend_schema(
        responses=ResultSerializer(many=True),
        parameters=[
            OpenApiParameter("kind", enum=[str(family) for family in Family]),
            OpenApiParameter("evaluation", description="Of this evaluation; the newest one that is done by default."),
            OpenApiParameter("measure"),
            OpenApiParameter("attribute"),
            OpenApiParameter("status"),
        ],
    )
    @action(detail=True, methods=["get"], filter_backends=())
    def results(self, request: Request, reference: str) -> Response:
        """List a version's results.

        Of its newest evaluation that is done, or of the one that `evaluation=` names.
        """
        evaluation = newest_of(self.get_object(), request.query_params.get("evaluation"))
        rows = Result.objects.filter(evaluation=evaluation).select_related("evaluation").order_by("pk")
        asked = ResultFilter(request.query_params, queryset=rows, request=request)
        if not asked.is_valid():
            raise serializers.ValidationError(asked.errors)
        return self.get_paginated_response(ResultSerializer(self.paginate_queryset(asked.qs), many=True).data)

    @extend_schema(responses=VerdictSerializer)
    @action(detail=True, methods=["get"], filter_backends=())
    def verdict(self, request: Request, reference: str) -> Response:
        """Show the verdict on a version, gate by gate."""
        version: ModelVersion = self.get_object()
        require_known(request, ["evaluation"])
        evaluation = newest_of(version, request.query_params.get("evaluation"))
        if evaluation is None:
            raise NotYet(f"{version.reference} has not been evaluated yet.")
        return Response(VerdictSerializer(evaluation.verdict).data)


class EvaluationViewSet(GovernedViewSet):
    queryset = Evaluation.objects.select_related("version", "requested_by", "verdict").order_by("-pk")
    serializer_class = EvaluationSerializer
    filterset_class = EvaluationFilter


class TestViewSet(viewsets.ViewSet):
    """The catalogue of tests."""

    @extend_schema(
        operation_id="tests_list",
        responses=inline_serializer("Tests", {"results": TestSerializer(many=True)}),
        parameters=[
            OpenApiParameter("family", enum=[str(family) for family in Family]),
            OpenApiParameter("limit", int, description="Taken as every list takes it; this one is given whole."),
            OpenApiParameter("cursor", description="As limit."),
        ],
    )
    def list(self, request: Request) -> Response:
        """List the catalogue of tests.

        Formula, source and reading of every measure.
        """
        require_known(request, ["family", "cursor", "limit"])
        family = request.query_params.get("family")
        if family and family not in list(Family):
            raise serializers.ValidationError({"family": [f"There is no family “{family}”."]})
        entries = [definition.as_dict() for definition in catalogue.definitions(*([family] if family else []))]
        return Response({"next": None, "previous": None, "results": entries})
