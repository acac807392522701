from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer, etag, require
from apps.core.doors.reading import StrictJSON
from apps.core.doors.texts import DOCUMENT, TEXT_PARSERS, TextSerializer
from apps.core.errors import BadInput, IllegalTransition
from apps.core.events import Event
from apps.core.idempotency import answer_once
from apps.files.services import keep
from apps.files.uploading import ReceivedUpload, raise_refusal
from apps.inventory.models import Model
from apps.pipelines import events
from apps.pipelines.api.runs import NewRunSerializer, PipelineRunSerializer, RunWithStepsSerializer
from apps.pipelines.filters import PipelineFilter
from apps.pipelines.models import CodeFile, Pipeline, PipelineVersion
from apps.pipelines.selectors.definitions import version_of
from apps.pipelines.selectors.runs import WITH
from apps.pipelines.services import keeping, starting, writing

MOST_CODE_BYTES = 20 << 20


class NoteSerializer(StrictSerializer):
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class PipelineVersionSerializer(serializers.ModelSerializer):
    pipeline = serializers.SlugRelatedField("reference", read_only=True)  # type: ignore[var-annotated]
    author = serializers.SlugRelatedField("email", read_only=True)  # type: ignore[var-annotated]
    published_by = serializers.SlugRelatedField("email", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = PipelineVersion
        fields = [
            *("reference", "pipeline", "number", "status", "digest", "note", "author", "drafted_at"),
            *("published_by", "published_at", "ended_at", "text", "document", "revision"),
        ]


class PipelineSerializer(serializers.ModelSerializer):
    model = serializers.SlugRelatedField("reference", read_only=True)  # type: ignore[var-annotated]
    owner = serializers.SlugRelatedField("email", read_only=True)  # type: ignore[var-annotated]
    in_force = serializers.SerializerMethodField()
    draft = serializers.SerializerMethodField()
    versions = serializers.SlugRelatedField("reference", many=True, read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Pipeline
        fields = [
            *("reference", "name", "model", "status", "owner", "in_force", "draft", "versions"),
            *("created_at", "revision"),
        ]

    def get_in_force(self, pipeline: Pipeline) -> str | None:
        return _reference(pipeline, PipelineVersion.Status.PUBLISHED)

    def get_draft(self, pipeline: Pipeline) -> str | None:
        return _reference(pipeline, PipelineVersion.Status.DRAFT)


def _reference(pipeline: Pipeline, status: str) -> str | None:
    return next((version.reference for version in pipeline.versions.all() if version.status == status), None)


class NewFileSerializer(StrictSerializer):
    model = serializers.CharField(max_length=20)
    file = serializers.FileField()


class CodeFileSerializer(serializers.ModelSerializer):
    model = serializers.SlugRelatedField("reference", read_only=True)  # type: ignore[var-annotated]
    digest = serializers.CharField(source="blob_id")
    size = serializers.IntegerField(source="blob.size")
    sent_by = serializers.SlugRelatedField("email", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = CodeFile
        fields = ["digest", "name", "size", "model", "sent_by", "sent_at"]


class PipelineViewSet(GovernedViewSet):
    """Pipelines and their versions. {reference} is a pipeline's (PL-0001) or one version's (PL-0001@2)."""

    queryset = Pipeline.objects.select_related("model", "owner").prefetch_related("versions").order_by("-pk")
    serializer_class = PipelineSerializer
    parser_classes = TEXT_PARSERS
    filterset_class = PipelineFilter

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a pipeline, or one of its versions."""
        if "@" not in self._reference():
            return super().retrieve(request, *args, **kwargs)
        version = self._version()
        return Response(_shown(version), headers=etag(version))

    @extend_schema(request=DOCUMENT, responses={201: PipelineSerializer})
    def create(self, request: Request) -> Response:
        """Propose a pipeline.

        YAML or JSON; what can't be read is refused line by line. It becomes a draft, and runs once somebody else
        has published it.
        """
        return self.carry_out(writing.propose_pipeline, events.PIPELINE_PROPOSED, note=self._note())

    @extend_schema(request=DOCUMENT, responses={200: PipelineVersionSerializer})
    def partial_update(self, request: Request, reference: str) -> Response:
        """Edit a pipeline's draft."""
        version = self._draft(events.DRAFT_EDITED)
        return self.carry_out(
            writing.edit_draft,
            events.DRAFT_EDITED,
            status=200,
            answer=_shown,
            version=version,
            revision=self.expected_revision(version),
            note=self.request.query_params.get("note"),
        )

    @extend_schema(
        methods=["POST"],
        summary="Draft a pipeline's next version.",
        request=DOCUMENT,
        responses={201: PipelineVersionSerializer},
    )
    @extend_schema(
        methods=["GET"], summary="List a pipeline's versions.", responses={200: PipelineVersionSerializer(many=True)}
    )
    @action(detail=True, methods=["get", "post"], filter_backends=())
    def versions(self, request: Request, reference: str) -> Response:
        pipeline = self.get_object()
        if request.method == "POST":
            return self.carry_out(
                writing.draft_version, events.VERSION_DRAFTED, answer=_shown, pipeline=pipeline, note=self._note()
            )
        rows = pipeline.versions.select_related("pipeline", "author", "published_by").order_by("-number")
        return self.get_paginated_response([_shown(row) for row in self.paginate_queryset(rows) or []])

    @extend_schema(request=NoteSerializer, responses={201: PipelineVersionSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def publication(self, request: Request, reference: str) -> Response:
        """Publish a pipeline's draft.

        Whoever wrote it can't.
        """
        version = self._draft(events.VERSION_PUBLISHED)
        return self.carry_out(writing.publish_version, events.VERSION_PUBLISHED, answer=_shown, version=version)

    @extend_schema(request=NoteSerializer, responses={201: PipelineVersionSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def withdrawal(self, request: Request, reference: str) -> Response:
        """Withdraw a pipeline's draft."""
        version = self._draft(events.DRAFT_WITHDRAWN)
        return self.carry_out(writing.withdraw_draft, events.DRAFT_WITHDRAWN, answer=_shown, version=version)

    @extend_schema(request=NoteSerializer, responses={201: PipelineSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def pause(self, request: Request, reference: str) -> Response:
        """Pause a pipeline.

        Nothing starts it until it is resumed; what runs goes on.
        """
        return self.carry_out(keeping.pause, events.PIPELINE_PAUSED, pipeline=self.get_object())

    @extend_schema(request=NoteSerializer, responses={201: PipelineSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def resumption(self, request: Request, reference: str) -> Response:
        """Resume a paused pipeline."""
        return self.carry_out(keeping.resume, events.PIPELINE_RESUMED, pipeline=self.get_object())

    @extend_schema(request=NoteSerializer, responses={201: PipelineSerializer})
    @action(detail=True, methods=["post"], parser_classes=[StrictJSON])
    def takeover(self, request: Request, reference: str) -> Response:
        """Become a pipeline's owner.

        Its steps act as you from then on, and you count as a developer of the versions that come out.
        """
        return self.carry_out(keeping.take_over, events.PIPELINE_TAKEN, pipeline=self.get_object())

    @extend_schema(
        methods=["POST"], summary="Start a run.", request=NewRunSerializer, responses={202: RunWithStepsSerializer}
    )
    @extend_schema(
        methods=["GET"], summary="List a pipeline's runs.", responses={200: PipelineRunSerializer(many=True)}
    )
    @action(detail=True, methods=["get", "post"], parser_classes=[StrictJSON], filter_backends=())
    def runs(self, request: Request, reference: str) -> Response:
        pipeline = self.get_object()
        if request.method == "POST":
            answer = self.carry_out(
                starting.request_run,
                events.RUN_REQUESTED,
                status=202,
                answer=lambda run: RunWithStepsSerializer(run).data,
                pipeline=pipeline,
            )
            answer["Location"] = reverse("pipelinerun-detail", args=[answer.data["reference"]])
            answer["Retry-After"] = "2"
            return answer
        rows = pipeline.runs.select_related(*WITH).order_by("-pk")
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(PipelineRunSerializer(page, many=True).data)

    @extend_schema(
        request={"multipart/form-data": NewFileSerializer},
        responses={200: CodeFileSerializer, 201: CodeFileSerializer},
    )
    @action(detail=False, methods=["post"], parser_classes=[MultiPartParser])
    def files(self, request: Request) -> Response:
        """Send a script or a requirements lock.

        For a model's pipelines to name by its sha256. The same bytes again are the file they were.
        """
        require(request.user, events.FILE_SENT)
        body = NewFileSerializer(data=request.data)
        raise_refusal(request)
        body.is_valid(raise_exception=True)
        model = Model.objects.visible_to(request.user).filter(reference=body.validated_data["model"]).first()
        if model is None:
            raise BadInput(errors={"model": ["There is no such model here."]})
        upload: ReceivedUpload = body.validated_data["file"]

        def produce() -> Response:
            file, new = _sent(request, model, upload)
            return Response(CodeFileSerializer(file).data, status=201 if new else 200)

        return answer_once(request, produce)

    def get_serializer_class(self) -> Any:
        if self.action in ("create", "partial_update") or (
            self.action == "versions" and self.request.method == "POST"
        ):
            return TextSerializer
        if self.action == "runs" and self.request.method == "POST":
            return NewRunSerializer
        noted = ("publication", "withdrawal", "pause", "resumption", "takeover")
        return NoteSerializer if self.action in noted else PipelineSerializer

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal by line also tells its lines as data."""
        answer = super().handle_exception(exc)
        if isinstance(exc, writing.PipelineUnreadable):
            answer.data["lines"] = [problem.as_dict() for problem in exc.problems]
        return answer

    def _reference(self) -> str:
        return str(self.kwargs["reference"]).replace("%40", "@")

    def _version(self) -> PipelineVersion:
        """The version named, or a pipeline's newest."""
        version = version_of(self._reference(), self.request.user)
        if version is None:
            raise Http404
        return version

    def _draft(self, event: Event) -> PipelineVersion:
        """The version named, or a pipeline's draft, for who may cause `event` on it."""
        newest = self._version()
        require(self.request.user, event, newest)
        if "@" in self._reference() or newest.is_draft:
            return newest
        raise IllegalTransition(f"{newest.pipeline.reference} has no draft. Send a next version first.")

    def _note(self) -> str:
        return str(self.request.query_params.get("note", ""))


def _sent(request: Request, model: Model, upload: ReceivedUpload) -> tuple[CodeFile, bool]:
    if upload.received.size > MOST_CODE_BYTES:
        raise BadInput(errors={"file": [f"A script or a lock has {MOST_CODE_BYTES >> 20} MB at most."]})
    blob = keep(upload.received)
    name = str(upload.name)[:100]
    return keeping.send_file(actor=request.user, model=model, blob=blob, name=name, now=timezone.now())


def _shown(version: PipelineVersion) -> Any:
    return PipelineVersionSerializer(version).data
