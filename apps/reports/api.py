import hashlib
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.doors.pages import visible_or_404
from apps.files.sending import send
from apps.inventory.models import ModelVersion
from apps.jobs.api import JobSerializer
from apps.jobs.doors import accepted
from apps.reports.markdown import markdown
from apps.reports.models import Document
from apps.reports.services import SIGNED, compose, compose_report, pinned, request_card, request_report
from apps.validations.models import Validation


class AsItIs(BaseRenderer):
    """Bytes go out as they are; anything else (a refusal, a job) is JSON."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return data if isinstance(data, bytes) else JSONRenderer().render(data)


class Json(AsItIs):
    media_type, format, charset = "application/json", "json", None


class Markdown(AsItIs):
    media_type, format, charset = "text/markdown", "md", "utf-8"


class Pdf(AsItIs):
    media_type, format, charset = "application/pdf", "pdf", None


def file_name(version: ModelVersion, ending: str) -> str:
    return f"model-card-{version.reference.replace('@', '-')}.{ending}"


def report_name(validation: Validation, ending: str) -> str:
    return f"validation-report-{validation.reference}.{ending}"


class CardView(APIView):
    """A version's model card, as data, as text, or as the pinned PDF."""

    renderer_classes = [Json, Markdown, Pdf]

    @extend_schema(
        operation_id="versions_card_retrieve",
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/markdown"): OpenApiTypes.STR,
            (200, "application/pdf"): OpenApiTypes.BINARY,
            (202, "application/json"): JobSerializer,
        },
    )
    def get(self, request, reference):
        """Fetch a version's model card.

        As data, as text, or as the pinned PDF: 202 while it is rendered.
        """
        version = visible_or_404(
            ModelVersion.objects.select_related("model"), request.user, reference=reference.replace("%40", "@")
        )
        now = timezone.now()
        made = compose(version, now)
        if request.accepted_renderer.format == "json":
            return Response(made.content, headers=_named(made.content, version, "json"))
        if request.accepted_renderer.format == "md":
            text = markdown(made.card).encode()
            return Response(text, headers=_named(text, version, "md"))
        document = pinned(made.key)
        if document is not None:
            return send(document.blob, file_name(version, "pdf"), inline=True)
        answer = accepted(request_card(actor=request.user, version=version, key=made.key, now=now))
        answer.content_type = "application/json"
        return answer


class ReportView(APIView):
    """A validation's signed report: as it was signed, or as the pinned PDF."""

    renderer_classes = [Json, Pdf]

    @extend_schema(
        operation_id="validations_report_retrieve",
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "application/pdf"): OpenApiTypes.BINARY,
            (202, "application/json"): JobSerializer,
        },
    )
    def get(self, request, reference):
        """Fetch a validation's signed report.

        As it was signed, or as the pinned PDF: 202 while it is rendered.
        """
        validation = visible_or_404(SIGNED, request.user, reference=reference)
        if request.accepted_renderer.format == "json":
            return Response(
                validation.report.encode(),
                headers=_headers(validation.report_digest, report_name(validation, "json")),
            )
        now = timezone.now()
        key, _ = compose_report(validation, now)
        document = pinned(key, Document.Kind.VALIDATION_REPORT)
        if document is not None:
            return send(document.blob, report_name(validation, "pdf"), inline=True)
        answer = accepted(request_report(actor=request.user, validation=validation, key=key, now=now))
        answer.content_type = "application/json"
        return answer


def _named(content: bytes, version: ModelVersion, ending: str) -> dict[str, str]:
    return _headers(hashlib.sha256(content).hexdigest(), file_name(version, ending))


def _headers(digest: str, name: str) -> dict[str, str]:
    return {"ETag": f'"{digest}"', "Content-Disposition": f'inline; filename="{name}"', "Vary": "Accept"}
