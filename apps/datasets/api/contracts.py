"""Contracts and checks for programs."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer, require
from apps.core.doors.filtering import require_known
from apps.core.doors.reading import StrictJSON
from apps.core.doors.texts import DOCUMENT, TEXT_PARSERS, TextSerializer
from apps.core.idempotency import answer_once
from apps.datasets import events
from apps.datasets.contracts.compiling import Unfit
from apps.datasets.filters import ContractFilters
from apps.datasets.models import CheckResult, Contract, Inspection
from apps.datasets.selectors.failing import examples_of
from apps.datasets.selectors.tables import require_rows
from apps.datasets.services.checking import ask_check
from apps.datasets.services.contracts import (
    ContractUnreadable,
    agree_contract,
    draft_contract,
    edit_contract,
    end_contract,
    withdraw_contract,
)
from apps.datasets.writing import as_yaml
from apps.jobs.doors import accepted


class YamlRenderer(BaseRenderer):
    """A document as YAML; a refusal stays JSON."""

    media_type = "application/yaml"
    format = "yaml"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if renderer_context and renderer_context["response"].exception:
            return JSONRenderer().render(data)
        return as_yaml(data).encode()


class ContractSerializer(serializers.ModelSerializer):
    dataset = serializers.SlugRelatedField("reference", read_only=True)
    author = serializers.SlugRelatedField("email", read_only=True)
    agreed_by = serializers.SlugRelatedField("email", read_only=True)
    checks = serializers.SerializerMethodField()
    compatibility = serializers.CharField(source="terms.compatibility")

    class Meta:
        model = Contract
        fields = [
            *("reference", "dataset", "number", "status", "table", "compatibility", "checks", "digest", "note"),
            *("author", "drafted_at", "agreed_by", "agreed_at", "ended_at", "text", "document", "revision"),
        ]

    def get_checks(self, contract) -> int:
        return len(contract.terms.checks)


class CheckSerializer(serializers.Serializer):
    name = serializers.CharField()
    kind = serializers.CharField(help_text="not_null, unique, range, set, regex, freshness, row_count, …")
    severity = serializers.ChoiceField(["block", "warn"])
    expects = serializers.CharField(help_text="What the figure has to be, in words.")
    columns = serializers.ListField(child=serializers.CharField())
    arguments = serializers.DictField()
    description = serializers.CharField()


class CheckResultSerializer(serializers.ModelSerializer):
    class Meta:
        model = CheckResult
        fields = [
            *("id", "name", "kind", "severity", "outcome", "value", "unit", "failing", "rows", "expected"),
            *("columns", "reason"),
        ]


class InspectionSerializer(serializers.ModelSerializer):
    version = serializers.SlugRelatedField("reference", read_only=True)
    contract = serializers.SlugRelatedField("reference", read_only=True)
    asked_by = serializers.SlugRelatedField("email", read_only=True)
    results = CheckResultSerializer(many=True)

    class Meta:
        model = Inspection
        fields = [
            *("version", "contract", "outcome", "rows", "changes", "results_digest", "engine", "asked_by"),
            *("checked_at", "results"),
        ]


class ExamplesSerializer(serializers.Serializer):
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField())
    complete = serializers.BooleanField(help_text="Whether these are all.")
    reason = serializers.CharField(help_text="Why there are none, where single rows don't fail it.")


class NoteSerializer(StrictSerializer):
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class NothingSerializer(StrictSerializer):
    """A body without fields."""


SHOWN = ("version", "contract", "asked_by")


class ContractsOfDatasets:
    """A dataset's contracts and what came of them, for its viewset."""

    bodies = {"draft_contract": TextSerializer}

    @extend_schema(responses=ContractSerializer(many=True))
    @action(detail=True, filter_backends=(), parser_classes=TEXT_PARSERS)
    def contracts(self, request, reference):
        """List a dataset's contracts."""
        rows = self.get_object().contracts.select_related("dataset", "author", "agreed_by").order_by("-number")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(ContractSerializer(page, many=True).data)

    @extend_schema(
        request=DOCUMENT,
        responses={201: ContractSerializer},
        parameters=[
            OpenApiParameter("table", description="Which object of its schema the dataset is, where it has several."),
            OpenApiParameter("note", description="What changes, and why."),
        ],
    )
    @contracts.mapping.post
    def draft_contract(self, request, reference):
        """Write a dataset's next contract.

        YAML or JSON in the Open Data Contract Standard 3; what can't be used is refused line by line.
        """
        return self.carry_out(
            draft_contract,
            events.CONTRACT_DRAFTED,
            answer=lambda row: ContractSerializer(row).data,
            dataset=self.get_object(),
            table=request.query_params.get("table", ""),
            note=request.query_params.get("note", ""),
        )

    @extend_schema(responses=InspectionSerializer(many=True))
    @action(detail=True, filter_backends=())
    def checks(self, request, reference):
        """List what came of checking a dataset's versions, the newest first."""
        rows = Inspection.objects.filter(version__dataset=self.get_object())
        page = self.paginate_queryset(rows.select_related(*SHOWN).prefetch_related("results").order_by("-pk"))
        return self.get_paginated_response(InspectionSerializer(page, many=True).data)

    def handle_exception(self, exc):
        """A refusal by line also tells its lines as data."""
        answer = super().handle_exception(exc)
        if isinstance(exc, ContractUnreadable):
            answer.data["lines"] = [problem.as_dict() for problem in exc.problems]
        return answer


class ChecksOfVersions:
    """What came of checking a version, for its viewset."""

    bodies = {"ask_check": NothingSerializer}

    @extend_schema(responses=InspectionSerializer(many=True))
    @action(detail=True, filter_backends=())
    def checks(self, request, reference):
        """List what came of checking a version, the newest first."""
        rows = self.get_object().inspections.select_related(*SHOWN).prefetch_related("results").order_by("-pk")
        return self.get_paginated_response(InspectionSerializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=NothingSerializer, responses={202: OpenApiTypes.OBJECT})
    @checks.mapping.post
    def ask_check(self, request, reference):
        """Ask for a version to be checked against its dataset's contract.

        Answers 202 with the job; its result names the outcome and the checks that failed.
        """
        version = self.get_object()
        require(request.user, events.CHECK_ASKED, version)

        def produce():
            self.get_serializer(data=request.data).is_valid(raise_exception=True)
            return accepted(ask_check(actor=request.user, version=version, now=timezone.now()))

        return answer_once(request, produce)

    @extend_schema(
        responses=ExamplesSerializer,
        parameters=[OpenApiParameter("number", int, "path", description="The result's id.")],
    )
    @action(detail=True, filter_backends=(), url_path=r"checks/(?P<number>[0-9]{1,18})/rows")
    def failing_rows(self, request, reference, number):
        """Show the first rows that fail a check.

        For those who may read rows. They are read from the table now, and kept nowhere.
        """
        version = self.get_object()
        require_rows(request.user, version)
        result = get_object_or_404(CheckResult, pk=number, inspection__version=version)
        try:
            found = examples_of(result)
        except Unfit as why:
            return Response({"columns": [], "rows": [], "complete": True, "reason": str(why)})
        return Response({"columns": found.names, "rows": found.rows, "complete": found.complete, "reason": ""})


class ContractViewSet(GovernedViewSet):
    queryset = Contract.objects.select_related("dataset", "author", "agreed_by").order_by("-pk")
    serializer_class = ContractSerializer
    filterset_class = ContractFilters
    parser_classes = TEXT_PARSERS
    bodies = {
        "partial_update": TextSerializer,
        "agreement": NoteSerializer,
        "withdrawal": NoteSerializer,
        "ending": NoteSerializer,
    }

    @extend_schema(request=DOCUMENT, responses={200: ContractSerializer})
    def partial_update(self, request, reference):
        """Edit a draft contract."""
        contract = self.get_object()
        require(request.user, events.CONTRACT_EDITED, contract)
        return self.carry_out(
            edit_contract,
            events.CONTRACT_EDITED,
            status=200,
            contract=contract,
            revision=self.expected_revision(contract),
            note=request.query_params.get("note"),
            table=request.query_params.get("table"),
        )

    @extend_schema(responses=CheckSerializer(many=True))
    @action(detail=True, filter_backends=())
    def checks(self, request, reference):
        """List the checks that a contract comes to."""
        require_known(request, ["cursor", "limit"])  # all of them stand on the first page
        found = [check.as_dict() for check in self.get_object().terms.checks]
        return Response({"next": None, "previous": None, "results": CheckSerializer(found, many=True).data})

    @extend_schema(
        responses={(200, "application/yaml"): OpenApiTypes.STR, (200, "application/json"): OpenApiTypes.OBJECT}
    )
    @action(detail=True, filter_backends=(), renderer_classes=[YamlRenderer, JSONRenderer])
    def document(self, request, reference):
        """Fetch a contract as an ODCS document.

        YAML, or JSON where that is accepted; whole, with the status that it has here.
        """
        return Response(self.get_object().exported())

    @extend_schema(request=NoteSerializer, responses={201: ContractSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def agreement(self, request, reference):
        """Put a draft contract into force.

        Not by its author. The contract before it ends, and the dataset's newest version is checked.
        """
        return self.carry_out(agree_contract, events.CONTRACT_AGREED, contract=self.get_object())

    @extend_schema(request=NoteSerializer, responses={201: ContractSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def withdrawal(self, request, reference):
        """Withdraw a draft contract."""
        return self.carry_out(withdraw_contract, events.CONTRACT_WITHDRAWN, contract=self.get_object())

    @extend_schema(request=NoteSerializer, responses={201: ContractSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def ending(self, request, reference):
        """End a contract without a next one."""
        return self.carry_out(end_contract, events.CONTRACT_ENDED, contract=self.get_object())

    def get_serializer_class(self):
        return self.bodies.get(self.action, ContractSerializer)

    def handle_exception(self, exc):
        """A refusal by line also tells its lines as data."""
        answer = super().handle_exception(exc)
        if isinstance(exc, ContractUnreadable):
            answer.data["lines"] = [problem.as_dict() for problem in exc.problems]
        return answer
