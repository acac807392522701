"""Versions over the API."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from apps.accounts.models import User
from apps.core.doors.api import GovernedViewSet, StrictSerializer, etag, require
from apps.core.doors.reading import read_json
from apps.core.errors import BadInput
from apps.core.idempotency import answer_once
from apps.files.services import keep, path_of
from apps.files.uploading import raise_refusal
from apps.inventory import events, metadata
from apps.inventory.filters import VersionFilter
from apps.inventory.models import Artifact, ModelVersion
from apps.inventory.services import drafts, versions


class PersonField(serializers.SlugRelatedField):
    """A person, by their address."""

    def __init__(self, **options: Any) -> None:
        if not options.get("read_only") and not options.get("many"):
            options.setdefault("queryset", User.objects.filter(is_active=True, account_kind=User.Kind.PERSON))
        super().__init__("email", **options)


class VersionSerializer(serializers.ModelSerializer):
    model = serializers.SlugRelatedField("reference", read_only=True)
    created_by = PersonField(read_only=True)
    lacks = serializers.SerializerMethodField(help_text="What is still to be said or sent, by field.")
    artifact = serializers.SerializerMethodField()
    parity_artifact = serializers.SerializerMethodField()
    tier = serializers.IntegerField(source="model.tier", allow_null=True)

    class Meta:
        model = ModelVersion
        fields = [
            *("reference", "model", "number", "status", "tier", "metadata", "lacks", "artifact", "parity_artifact"),
            *("created_by", "created_at", "revision"),
        ]

    def get_lacks(self, version: ModelVersion) -> dict[str, list[str]]:
        return version.lacks()

    def get_artifact(self, version: ModelVersion) -> dict[str, Any] | None:
        return file_shown(version.artifact)

    def get_parity_artifact(self, version: ModelVersion) -> dict[str, Any] | None:
        return file_shown(version.parity_artifact)


def file_shown(file: Artifact | None) -> dict[str, Any] | None:
    if file is None:
        return None
    return {"digest": file.blob_id, "format": file.format, "size": file.blob.size, "scan": file.scan}


class NewVersionSerializer(StrictSerializer):
    metadata = serializers.JSONField(help_text="The version's metadata; as a JSON string in a multipart request.")
    artifact = serializers.FileField(required=False, allow_empty_file=True)
    parity_artifact = serializers.FileField(
        required=False, allow_empty_file=True, help_text="The skops file that an ONNX artefact was converted from."
    )

    def validate_metadata(self, said: Any) -> Any:
        if not isinstance(said, str):
            return said
        try:
            return read_json(said, "metadata")
        except ValueError as error:
            raise serializers.ValidationError(f"This is not JSON: {error}.") from None


CHANGES = {
    "application/json": {
        "type": "object",
        "description": "Any part of a draft's metadata; each named field replaces what it was.",
    }
}


class FileSerializer(StrictSerializer):
    format = serializers.ChoiceField(["onnx", "skops"])
    artifact = serializers.FileField(allow_empty_file=True)


NEW_VERSION = {"multipart/form-data": NewVersionSerializer, "application/json": NewVersionSerializer}


def scanned(said: Any, upload: Any) -> Any:
    """The artefact of an upload: kept by its digest, looked through apart, before any transaction is open."""
    checked = metadata.read(said)
    blob = keep(upload.received)
    return versions.scan_artifact(blob, path_of(blob.digest), checked.format, timezone.now())


def scanned_original(said: Any, upload: Any) -> Any:
    """The same of the model that an artefact was converted from, which is a skops file."""
    metadata.read(said)
    blob = keep(upload.received)
    try:
        return versions.scan_artifact(blob, path_of(blob.digest), "skops", timezone.now())
    except BadInput as refusal:
        raise BadInput(errors={"parity_artifact": refusal.errors.get("artifact", [str(refusal)])}) from None


class VersionViewSet(GovernedViewSet):
    """Versions; what belongs to a version's life is added by the rooms that live it."""

    queryset = ModelVersion.objects.select_related(
        "model", "created_by", "artifact__blob", "parity_artifact__blob"
    ).order_by("-pk")
    serializer_class = VersionSerializer
    filterset_class = VersionFilter

    @extend_schema(request=CHANGES, responses=VersionSerializer)
    def partial_update(self, request, reference):
        """Change a draft version's metadata."""
        version = self.get_object()
        require(request.user, events.VERSION_CHANGED, version)
        if not isinstance(request.data, dict):
            raise BadInput("Send an object: the parts of the metadata that change.")
        revision = self.expected_revision(version)
        changed = versions.change_version(
            actor=request.user, version=version, changes=dict(request.data), now=timezone.now(), revision=revision
        )
        return Response(self.show(changed), headers=etag(changed))

    @extend_schema(request={"multipart/form-data": FileSerializer}, responses={201: VersionSerializer})
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def artifact(self, request, reference):
        """Send the file of a draft that was registered without one that can be loaded."""
        version = self.get_object()
        require(request.user, events.VERSION_CHANGED, version)
        body = FileSerializer(data=request.data)
        raise_refusal(request)
        body.is_valid(raise_exception=True)
        blob = keep(body.validated_data["artifact"].received)
        artifact = versions.scan_artifact(blob, path_of(blob.digest), body.validated_data["format"], timezone.now())

        def produce() -> Response:
            made = drafts.attach_artifact(actor=request.user, version=version, artifact=artifact, now=timezone.now())
            return Response(VersionSerializer(made).data, status=201, headers=etag(made))

        return answer_once(request, produce)
