from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer, etag, require
from apps.core.doors.reading import StrictJSON
from apps.core.doors.texts import DOCUMENT, TEXT_PARSERS, TextSerializer
from apps.core.errors import IllegalTransition
from apps.core.events import Event
from apps.policies import events
from apps.policies.models import Policy, PolicyVersion
from apps.policies.rules import run_cases
from apps.policies.selectors import version_of
from apps.policies.services import (
    CasesFailed,
    PolicyUnreadable,
    draft_version,
    edit_draft,
    propose_policy,
    publish_version,
    read,
    withdraw_draft,
)


class PolicyPublicationSerializer(StrictSerializer):
    effective_from = serializers.DateTimeField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class PolicyWithdrawalSerializer(StrictSerializer):
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class PolicyVersionSerializer(serializers.ModelSerializer):
    policy = serializers.SlugRelatedField("reference", read_only=True)  # type: ignore[var-annotated]
    author = serializers.SlugRelatedField("email", read_only=True)  # type: ignore[var-annotated]
    published_by = serializers.SlugRelatedField("email", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = PolicyVersion
        fields = [
            *("reference", "policy", "number", "status", "digest", "note", "author", "drafted_at"),
            *("published_by", "published_at", "effective_from", "effective_to", "text", "document", "revision"),
        ]


class PolicySerializer(serializers.ModelSerializer):
    kind = serializers.CharField(source="policy_kind")
    proposed_by = serializers.SlugRelatedField("email", read_only=True)  # type: ignore[var-annotated]
    in_force = serializers.SerializerMethodField()
    draft = serializers.SerializerMethodField()
    versions = serializers.SlugRelatedField("reference", many=True, read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Policy
        fields = [
            *("reference", "name", "kind", "in_force", "draft", "versions", "proposed_by", "proposed_at", "revision"),
        ]

    def get_in_force(self, policy: Policy) -> dict[str, Any] | None:
        now = timezone.now()
        found = next((version for version in policy.versions.all() if version.counts_at(now)), None)
        if found is None:
            return None
        return {"reference": found.reference, "digest": found.digest, "effective_from": found.effective_from}

    def get_draft(self, policy: Policy) -> str | None:
        return next((version.reference for version in policy.versions.all() if version.is_draft), None)


class PolicyViewSet(GovernedViewSet):
    """Policies and their versions. {reference} is a policy's (POL-0001) or one version's (POL-0001@2)."""

    queryset = Policy.objects.select_related("proposed_by").prefetch_related("versions").order_by("reference")
    serializer_class = PolicySerializer
    parser_classes = TEXT_PARSERS
    filterset_fields = {"policy_kind": ["exact"], "name": ["exact"]}
    asked = {"list": ("kind",)}

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        kind = self.request.query_params.get("kind") if self.action == "list" else None
        return rows.filter(policy_kind=kind) if kind else rows

    @extend_schema(parameters=[OpenApiParameter("kind", str, description="Only of this kind: gate_policy.")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List policies."""
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a policy, or one of its versions."""
        if "@" not in self._reference():
            return super().retrieve(request, *args, **kwargs)
        version = self._version()
        return Response(self._show_version(version), headers=etag(version))

    @extend_schema(request=DOCUMENT, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Propose a policy.

        YAML or JSON; what can't be read is refused line by line.
        """
        return self.carry_out(propose_policy, events.POLICY_PROPOSED, note=self._note())

    @extend_schema(request=DOCUMENT, responses={200: PolicyVersionSerializer})
    def partial_update(self, request: Request, reference: str) -> Response:
        """Edit a policy's draft."""
        version = self._draft(events.DRAFT_EDITED)
        revision = self.expected_revision(version)
        note = self.request.query_params.get("note")
        return self.carry_out(
            edit_draft,
            events.DRAFT_EDITED,
            status=200,
            answer=self._show_version,
            version=version,
            revision=revision,
            note=note,
        )

    @extend_schema(
        methods=["POST"],
        summary="Draft a policy's next version.",
        request=DOCUMENT,
        responses={201: PolicyVersionSerializer},
    )
    @extend_schema(
        methods=["GET"], summary="List a policy's versions.", responses={200: PolicyVersionSerializer(many=True)}
    )
    @action(detail=True, methods=["get", "post"], filter_backends=())
    def versions(self, request: Request, reference: str) -> Response:
        policy = self.get_object()
        if request.method == "POST":
            return self.carry_out(
                draft_version, events.VERSION_DRAFTED, answer=self._show_version, policy=policy, note=self._note()
            )
        rows = policy.versions.select_related("policy", "author", "published_by").order_by("-number")
        return self.get_paginated_response([self._show_version(row) for row in self.paginate_queryset(rows) or []])

    @extend_schema(request=DOCUMENT, responses={201: {"type": "object"}})
    @action(detail=True, methods=["post"])
    def cases(self, request: Request, reference: str) -> Response:
        """Run a policy's examples.

        Of the policy in the body, or of the version named where the body is empty.
        """
        require(request.user, events.VERSION_DRAFTED)
        version = self._version()
        sent: Any = request.data
        text = str(sent.get("text", "")).strip()
        runs = run_cases(version.rules if text in ("", "{}") else read(text))
        return Response({"passed": all(run.passed for run in runs), "cases": [run.as_dict() for run in runs]}, 201)

    @extend_schema(request=PolicyPublicationSerializer, responses={201: PolicyVersionSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def publication(self, request: Request, reference: str) -> Response:
        """Publish a policy's draft.

        Not by its author alone.
        """
        return self.carry_out(
            publish_version,
            events.VERSION_PUBLISHED,
            answer=self._show_version,
            version=self._draft(events.VERSION_PUBLISHED),
        )

    @extend_schema(request=PolicyWithdrawalSerializer, responses={201: PolicyVersionSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def withdrawal(self, request: Request, reference: str) -> Response:
        """Withdraw a policy's draft."""
        return self.carry_out(
            withdraw_draft,
            events.DRAFT_WITHDRAWN,
            answer=self._show_version,
            version=self._draft(events.DRAFT_WITHDRAWN),
        )

    def get_serializer_class(self) -> Any:
        bodies = {
            "create": TextSerializer,
            "partial_update": TextSerializer,
            "publication": PolicyPublicationSerializer,
            "withdrawal": PolicyWithdrawalSerializer,
        }
        if self.action == "versions" and self.request.method == "POST":
            return TextSerializer
        return bodies.get(self.action, PolicySerializer)

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal by line also tells its lines as data, and failed cases what they gave."""
        answer = super().handle_exception(exc)
        if isinstance(exc, PolicyUnreadable):
            answer.data["lines"] = [problem.as_dict() for problem in exc.problems]
        elif isinstance(exc, CasesFailed):
            answer.data["cases"] = [run.as_dict() for run in exc.runs]
        return answer

    def _reference(self) -> str:
        return str(self.kwargs["reference"]).replace("%40", "@")

    def _version(self) -> PolicyVersion:
        """The version named, or a policy's newest."""
        version = version_of(self._reference())
        if version is None:
            raise Http404
        return version

    def _draft(self, event: Event) -> PolicyVersion:
        """The version named, or a policy's draft, for who may cause `event` on it."""
        newest = self._version()
        require(self.request.user, event, newest)
        if "@" in self._reference() or newest.is_draft:
            return newest
        raise IllegalTransition(f"{newest.policy.reference} has no draft. Send a next version first.")

    def _note(self) -> str:
        return str(self.request.query_params.get("note", ""))

    def _show_version(self, version: PolicyVersion) -> Any:
        return PolicyVersionSerializer(version, context=self.get_serializer_context()).data
