import json
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.audit import events
from apps.audit.keys import trusted_keys
from apps.audit.models import Export, Leaf, Verification
from apps.audit.proofs import NotSealed, consistency_proof, inclusion_proof, newest_checkpoint
from apps.audit.selectors import places, said, select
from apps.audit.services import erase_payload, request_export, request_verification
from apps.core import work
from apps.core.doors.api import StrictSerializer, require
from apps.core.idempotency import answer_once

SEALED_WITHIN_SECONDS = 5


class PlainText(BaseRenderer):
    """Proofs, checkpoints and keys are text; a refusal among them is still a problem document."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        return text.encode()


class NotSealedYet(NotFound):
    """404 with Retry-After: what is asked for will be there once the beat has sealed it."""

    wait = SEALED_WITHIN_SECONDS

    def __init__(self, error: NotSealed) -> None:
        super().__init__(str(error))


class SelectionSerializer(serializers.Serializer):
    """What an event list may be narrowed by."""

    subject = serializers.CharField(required=False, help_text="a reference: of the subject or of its root")
    actor = serializers.CharField(required=False, help_text="who: USR-3")
    verb = serializers.CharField(required=False, help_text="a verb, or a room's with a dot at the end: findings.")
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class EventFilterSerializer(SelectionSerializer):
    after = serializers.IntegerField(required=False, min_value=-1, help_text="only events after this place")


class ExportRequestSerializer(StrictSerializer, SelectionSerializer):
    to = serializers.IntegerField(required=False, min_value=0)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": serializers.IntegerField(required=False, min_value=0), **super().get_fields()}


class ErasureSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=2000)


class AboutSerializer(serializers.Serializer):
    kind = serializers.CharField()
    reference = serializers.CharField()


class ErasedSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    reason = serializers.CharField()


class EventSerializer(serializers.Serializer):
    """An event with its place in the ledger."""

    seq = serializers.IntegerField()
    verb = serializers.CharField()
    actor = serializers.CharField()
    subject = AboutSerializer()
    root = serializers.CharField()  # type: ignore[assignment]  # ours is a field, theirs the outermost serializer
    cause = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    digest = serializers.CharField()
    changes = serializers.JSONField(allow_null=True, help_text="None where what it said was erased.")
    note = serializers.CharField(allow_null=True)
    erased = ErasedSerializer(allow_null=True)

    def to_representation(self, leaf: Leaf) -> dict[str, Any]:
        entry, content = leaf.entry, said(leaf.entry)
        erasure = getattr(entry, "erasure", None)
        return {
            "seq": leaf.seq,
            "verb": entry.verb,
            "actor": entry.actor,
            "subject": {"kind": entry.subject_kind, "reference": entry.subject_reference},
            "root": entry.root_reference,
            "cause": entry.cause,
            "occurred_at": entry.occurred_at,
            "recorded_at": entry.recorded_at,
            "digest": bytes(entry.digest).hex(),
            "changes": content["changes"] if content else None,
            "note": content["note"] if content else None,
            "erased": {"at": erasure.erased_at, "reason": erasure.reason} if erasure else None,
        }


class ExportSerializer(serializers.ModelSerializer):
    file = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = ["reference", "requested_at", "selection", "file"]

    def get_file(self, export: Export) -> str | None:
        """Where to fetch it, once it is made."""
        return reverse("audit-export-file", args=[export.reference]) if export.made else None


class VerificationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Verification
        fields = ["verified_at", "by", "held", "size", "erased", "seconds", "findings"]


@extend_schema_view(retrieve=extend_schema(summary="Show an event with its place in the ledger."))
class EventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The ledger's events in order, as far as the caller may see them."""

    queryset = Leaf.objects.all()
    serializer_class = EventSerializer
    lookup_field = "seq"
    lookup_value_regex = "[0-9]{1,18}"
    filter_backends = ()
    asked = {"list": tuple(EventFilterSerializer().fields)}

    def get_queryset(self) -> Any:
        return places(self.request.user)

    def filter_queryset(self, queryset: Any) -> Any:
        if self.action != "list":
            return queryset
        wanted = EventFilterSerializer(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return select(queryset, wanted.validated_data)

    @extend_schema(parameters=[EventFilterSerializer], responses=EventSerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the ledger's events.

        In order, as far as you may see them; `after=` goes on from a place.
        """
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={(200, "text/plain"): str})
    @action(detail=True, renderer_classes=[PlainText, JSONRenderer])
    def proof(self, request: Request, seq: str) -> Response:
        """Prove that an event is in the ledger.

        A c2sp.org/tlog-proof, the event itself in its extra line; 404 with Retry-After until it is sealed.
        """
        try:
            text = inclusion_proof(self.get_object()).text
        except NotSealed as error:
            raise NotSealedYet(error) from None
        name = f'attachment; filename="event-{seq}.tlog-proof"'
        return Response(text, headers={"Content-Disposition": name})

    @extend_schema(request=ErasureSerializer, responses={201: EventSerializer})
    @action(detail=True, methods=["post"])
    def erasure(self, request: Request, seq: str) -> Response:
        """Erase what an event says, under law.

        Its place, moment and digest stay.
        """
        leaf = self.get_object()
        require(request.user, events.PAYLOAD_ERASED, leaf.entry)

        def produce() -> Response:
            body = ErasureSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            erase_payload(actor=request.user, entry=leaf.entry, now=timezone.now(), **body.validated_data)
            return Response(EventSerializer(self.get_object()).data, status=201)

        return answer_once(request, produce)


class ExportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Parts of the ledger that the caller has asked for, to take away with proofs."""

    queryset = Export.objects.all()
    serializer_class = ExportSerializer
    lookup_field = "reference"
    lookup_value_regex = "EXP-[0-9]+"
    filter_backends = ()

    def get_queryset(self) -> Any:
        return Export.objects.filter(requested_by=str(getattr(self.request.user, "reference", ""))).order_by("-pk")

    @extend_schema(request=ExportRequestSerializer, responses={202: OpenApiTypes.OBJECT})
    def create(self, request: Request) -> Any:
        """Ask for a part of the ledger to take away.

        A zip of events, proofs and checkpoints, with a verifier; it is made in the background.
        """
        require(request.user, events.LEDGER_EXPORTED)

        def produce() -> Any:
            body = ExportRequestSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            export, job = request_export(actor=request.user, now=timezone.now(), selection=body.validated_data)
            file = reverse("audit-export-file", args=[export.reference])
            return work.accepted(job, reference=export.reference, file=file)

        return answer_once(request, produce)

    @extend_schema(responses={(200, "application/zip"): bytes})
    @action(detail=True)
    def file(self, request: Request, reference: str) -> Any:
        """Fetch an export's zip."""
        return download(self.get_object())


def download(export: Export) -> FileResponse:
    """Raises NotSealedYet: the file is not made yet."""
    if not export.made:
        raise NotSealedYet(NotSealed("The export is still being made."))
    answer = FileResponse(
        default_storage.open(export.file),
        as_attachment=True,
        filename=f"ledger-{export.reference}.zip",
        content_type="application/zip",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


class VerificationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """When the whole ledger was verified, by whom, and what was found."""

    queryset = Verification.objects.order_by("-pk")
    serializer_class = VerificationSerializer
    filter_backends = ()

    @extend_schema(request=None, responses={202: OpenApiTypes.OBJECT})
    def create(self, request: Request) -> Response:
        """Verify the whole ledger now."""
        produce = lambda: work.accepted(request_verification(actor=request.user, now=timezone.now()))  # noqa: E731
        return answer_once(request, produce)


class Text(APIView):
    """A text for whoever is signed in."""

    renderer_classes = [PlainText, JSONRenderer]

    def text(self, request: Request) -> str:
        raise NotImplementedError

    @extend_schema(responses={(200, "text/plain"): str})
    def get(self, request: Request) -> Response:
        try:
            return Response(self.text(request))
        except NotSealed as error:
            raise NotSealedYet(error) from None


@extend_schema(summary="Fetch the newest checkpoint.")
class CheckpointView(Text):
    """The newest checkpoint, a signed note. Keep it: it shows later whether the ledger was rewritten."""

    def text(self, request: Request) -> str:
        return str(newest_checkpoint().note)


@extend_schema(summary="Fetch the ledger's verifier keys.")
class KeyView(Text):
    """The ledger's verifier keys, the present one first."""

    def text(self, request: Request) -> str:
        return "".join(f"{key}\n" for key in trusted_keys())


class SizesSerializer(serializers.Serializer):
    to = serializers.IntegerField(required=False, min_value=0)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": serializers.IntegerField(min_value=0), **super().get_fields()}


@extend_schema(
    summary="Prove that the ledger only grew.",
    parameters=[OpenApiParameter("from", int), OpenApiParameter("to", int)],
)
class ConsistencyView(Text):
    """That the ledger of `from` events is the beginning of that of `to` (the newest checkpoint, unless given)."""

    def text(self, request: Request) -> str:
        sizes = SizesSerializer(data=request.query_params)
        sizes.is_valid(raise_exception=True)
        return consistency_proof(sizes.validated_data["from"], sizes.validated_data.get("to"))
