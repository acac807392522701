from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer, etag, require
from apps.core.doors.reading import StrictJSON
from apps.core.doors.texts import DOCUMENT, TEXT_PARSERS, TextSerializer
from apps.core.errors import IllegalTransition
from apps.core.events import Event
from apps.core.idempotency import answer_once
from apps.features import events
from apps.features.filters import FeatureViewFilters
from apps.features.models import FeatureView, FeatureViewVersion, Materialisation
from apps.features.selectors.views import PEOPLE, draft_of, in_force, version_of, views_with_versions
from apps.features.services.materialising import request_materialisation
from apps.features.services.reading import ViewUnreadable
from apps.features.services.views import (
    archive_view,
    draft_version,
    edit_draft,
    propose_view,
    publish_version,
    withdraw_draft,
)
from apps.jobs.doors import accepted
from apps.jobs.models import Job


class FeatureNoteSerializer(StrictSerializer):
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class FeatureViewVersionSerializer(serializers.ModelSerializer):
    view = serializers.SlugRelatedField("reference", read_only=True)
    author = serializers.SlugRelatedField("email", read_only=True)
    published_by = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = FeatureViewVersion
        fields = [
            *("reference", "view", "number", "status", "digest", "note", "author", "drafted_at"),
            *("published_by", "published_at", "ended_at", "text", "document", "revision"),
        ]


class MaterialisationSerializer(serializers.ModelSerializer):
    version = serializers.SlugRelatedField("reference", read_only=True)
    source = serializers.SlugRelatedField("reference", read_only=True)
    requested_by = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Materialisation
        fields = [
            *("reference", "version", "source", "as_of", "status", "keys", "written", "removed", "newest_event"),
            *("statistics_digest", "job", "requested_by", "requested_at", "finished_at", "error"),
        ]


class FeatureViewSerializer(serializers.ModelSerializer):
    source = serializers.SlugRelatedField("reference", read_only=True)
    owner = serializers.SlugRelatedField("email", read_only=True)
    proposed_by = serializers.SlugRelatedField("email", read_only=True)
    in_force = serializers.SerializerMethodField()
    draft = serializers.SerializerMethodField()
    versions = serializers.SlugRelatedField("reference", many=True, read_only=True)

    class Meta:
        model = FeatureView
        fields = [
            *("reference", "name", "entity", "source", "owner", "status", "in_force", "draft", "versions"),
            *("proposed_by", "proposed_at", "archived_at", "stale_since", "revision"),
        ]

    def get_in_force(self, view: FeatureView) -> dict[str, Any] | None:
        found = in_force(view)
        return None if found is None else {"reference": found.reference, "digest": found.digest}

    def get_draft(self, view: FeatureView) -> str | None:
        found = draft_of(view)
        return None if found is None else found.reference


class FeatureViewViewSet(GovernedViewSet):
    """Feature views and their versions. {reference} is a view's (FV-0001) or one version's (FV-0001@2)."""

    queryset = views_with_versions().order_by("-pk")
    serializer_class = FeatureViewSerializer
    filterset_class = FeatureViewFilters
    parser_classes = TEXT_PARSERS

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a feature view, or one of its versions."""
        if "@" not in self._reference():
            return super().retrieve(request, *args, **kwargs)
        version = self._version()
        return Response(self._show_version(version), headers=etag(version))

    @extend_schema(request=DOCUMENT, responses={201: FeatureViewSerializer})
    def create(self, request: Request) -> Response:
        """Propose a feature view.

        YAML or JSON; what can't be read, and SQL that can't stand, is refused line by line.
        """
        return self.carry_out(propose_view, events.VIEW_PROPOSED, answer=self._show_view, note=self._note())

    @extend_schema(request=DOCUMENT, responses={200: FeatureViewVersionSerializer})
    def partial_update(self, request: Request, reference: str) -> Response:
        """Edit a feature view's draft."""
        version = self._draft(events.DRAFT_EDITED)
        revision = self.expected_revision(version)
        note = request.query_params.get("note")
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
        summary="Draft a feature view's next version.",
        request=DOCUMENT,
        responses={201: FeatureViewVersionSerializer},
    )
    @extend_schema(
        methods=["GET"],
        summary="List a feature view's versions.",
        responses={200: FeatureViewVersionSerializer(many=True)},
    )
    @action(detail=True, methods=["get", "post"], filter_backends=())
    def versions(self, request: Request, reference: str) -> Response:
        view = self.get_object()
        if request.method == "POST":
            return self.carry_out(
                draft_version, events.VERSION_DRAFTED, answer=self._show_version, view=view, note=self._note()
            )
        rows = view.versions.select_related(*PEOPLE).order_by("-number")
        return self.get_paginated_response([self._show_version(row) for row in self.paginate_queryset(rows) or []])

    @extend_schema(request=FeatureNoteSerializer, responses={201: FeatureViewVersionSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def publication(self, request: Request, reference: str) -> Response:
        """Put a feature view's draft into force.

        Its author can't: somebody else has reviewed it.
        """
        return self.carry_out(
            publish_version,
            events.VERSION_PUBLISHED,
            answer=self._show_version,
            version=self._draft(events.VERSION_PUBLISHED),
        )

    @extend_schema(request=FeatureNoteSerializer, responses={201: FeatureViewVersionSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def withdrawal(self, request: Request, reference: str) -> Response:
        """Withdraw a feature view's draft."""
        return self.carry_out(
            withdraw_draft,
            events.DRAFT_WITHDRAWN,
            answer=self._show_version,
            version=self._draft(events.DRAFT_WITHDRAWN),
        )

    @extend_schema(request=FeatureNoteSerializer, responses={201: FeatureViewSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def archival(self, request: Request, reference: str) -> Response:
        """Take a feature view out of use."""
        return self.carry_out(archive_view, events.VIEW_ARCHIVED, answer=self._show_view, view=self.get_object())

    @extend_schema(
        request=FeatureNoteSerializer,
        responses={
            202: inline_serializer(
                "MaterialisationAccepted",
                {"job": serializers.JSONField(), "materialisation": serializers.CharField()},
            )
        },
    )
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def materialisation(self, request: Request, reference: str) -> Response:
        """Make the latest values of a feature view anew.

        Of the version named, or of the one in force. News of its source does so by itself.
        """
        version = version_of(self._reference(), request.user, of_view="in_force") or self._version()

        def produce() -> Response:
            require(request.user, events.MATERIALISATION_REQUESTED, version)
            body = FeatureNoteSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            made = request_materialisation(actor=request.user, version=version, now=timezone.now())
            return accepted(Job.objects.get(pk=made.job), materialisation=made.reference)

        return answer_once(request, produce)

    @extend_schema(responses=MaterialisationSerializer(many=True))
    @action(detail=True, filter_backends=())
    def materialisations(self, request: Request, reference: str) -> Response:
        """List when the values of a feature view were made."""
        rows = Materialisation.objects.filter(version__view=self.get_object()).select_related(
            "version", "source", "requested_by"
        )
        page = self.paginate_queryset(rows.order_by("-pk"))
        return self.get_paginated_response(MaterialisationSerializer(page, many=True).data)

    def get_serializer_class(self) -> Any:
        if self.action in ("create", "partial_update") or (
            self.action == "versions" and self.request.method == "POST"
        ):
            return TextSerializer
        if self.action in ("publication", "withdrawal", "archival", "materialisation"):
            return FeatureNoteSerializer
        return FeatureViewSerializer

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal by line also tells its lines as data."""
        answer = super().handle_exception(exc)
        if isinstance(exc, ViewUnreadable):
            answer.data["lines"] = [problem.as_dict() for problem in exc.problems]
        return answer

    def _reference(self) -> str:
        return str(self.kwargs["reference"]).replace("%40", "@")

    def _version(self) -> FeatureViewVersion:
        """The version named, or a view's newest."""
        version = version_of(self._reference(), self.request.user)
        if version is None:
            raise Http404
        return version

    def _draft(self, event: Event) -> FeatureViewVersion:
        """The version named, or a view's draft, for who may cause `event` on it."""
        newest = self._version()
        require(self.request.user, event, newest)
        if "@" in self._reference() or newest.is_draft:
            return newest
        raise IllegalTransition(f"{newest.view.reference} has no draft. Send a next version first.")

    def _note(self) -> str:
        return str(self.request.query_params.get("note", ""))

    def _show_view(self, view: FeatureView) -> Any:
        return FeatureViewSerializer(view, context=self.get_serializer_context()).data

    def _show_version(self, version: FeatureViewVersion) -> Any:
        return FeatureViewVersionSerializer(version, context=self.get_serializer_context()).data
