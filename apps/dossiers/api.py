from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.doors.api import StrictSerializer, require
from apps.core.idempotency import answer_once
from apps.dossiers import events, services
from apps.dossiers.models import Acceptance
from apps.dossiers.selectors import whole_state
from apps.evaluations.api import ACCEPTED, EvaluationsOfAVersion, accepted_evaluation
from apps.inventory import api as inventory
from apps.inventory import events as moves
from apps.inventory.models import ModelVersion
from apps.signatures.api import SignatureSerializer, SignedSerializer, SigningViewSet


class WholeVersionSerializer(inventory.VersionSerializer):
    """A version with where it stands and what its evidence, validation and approval say."""

    verdict = serializers.JSONField(read_only=True)
    validation = serializers.JSONField(read_only=True)
    approval = serializers.JSONField(read_only=True)
    dossier_digest = serializers.CharField(read_only=True)
    available_actions = serializers.ListField(child=serializers.CharField(), read_only=True)
    lifecycle = serializers.ListField(child=serializers.JSONField(), read_only=True)

    class Meta(inventory.VersionSerializer.Meta):
        fields = [
            *inventory.VersionSerializer.Meta.fields,
            *("verdict", "validation", "approval", "dossier_digest", "available_actions", "lifecycle"),
        ]


class SubmissionSerializer(StrictSerializer):
    """An empty body: what is submitted is the version as it stands."""


class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=4000)


class NewAcceptanceSerializer(SignedSerializer):
    statement = serializers.CharField(max_length=4000)


class AcceptanceSerializer(serializers.ModelSerializer):
    version = serializers.SlugRelatedField("reference", read_only=True)
    signature = SignatureSerializer(read_only=True)

    class Meta:
        model = Acceptance
        fields = ["reference", "version", "statement", "uses_digest", "signature", "accepted_at"]


class VersionViewSet(EvaluationsOfAVersion, SigningViewSet, inventory.VersionViewSet):
    """Versions in their whole state, and the steps of their life that people take."""

    bodies = {
        "submission": SubmissionSerializer,
        "acceptance": NewAcceptanceSerializer,
        "return_": ReasonSerializer,
        "withdrawal": ReasonSerializer,
        "list": inventory.VersionSerializer,
    }

    def get_serializer_class(self) -> Any:
        return self.bodies.get(self.action, WholeVersionSerializer)

    def show(self, row: ModelVersion) -> dict[str, Any]:
        return {**super().show(row), **whole_state(row, self.request.user, timezone.now())}

    @extend_schema(responses=WholeVersionSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a version in its whole state.

        With the actions that are open to you and the steps of its life.
        """
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=SubmissionSerializer, responses=ACCEPTED)
    @action(detail=True, methods=["post"])
    def submission(self, request: Request, reference: str) -> Response:
        """Submit a version: it is evaluated for its dossier.

        Gates that fail send it back to draft, with its evidence kept.
        """
        version: ModelVersion = self.get_object()

        def first() -> None:
            require(request.user, moves.VERSION_SUBMITTED, version)
            version.require_open_to(moves.VERSION_SUBMITTED)

        def produce() -> Response:
            self.get_serializer(data=request.data).is_valid(raise_exception=True)
            made = services.submit(actor=request.user, version=version, now=timezone.now())
            return accepted_evaluation(made.evaluation, status=ModelVersion.Status.SUBMITTED)

        return answer_once(request, produce, first=first)

    @extend_schema(request=NewAcceptanceSerializer, responses={201: AcceptanceSerializer})
    @action(detail=True, methods=["post"])
    def acceptance(self, request: Request, reference: str) -> Response:
        """Attest the use of a version as its owner.

        A signature, and never a vote.
        """
        return self.sign_and_carry_out(
            services.accept,
            events.USE_ATTESTED,
            version=self.get_object(),
            ready=services.require_attestable,
            answer=lambda made: AcceptanceSerializer(made).data,
        )

    @extend_schema(request=ReasonSerializer, responses=WholeVersionSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def return_(self, request: Request, reference: str) -> Response:
        """Return a submitted version to draft."""
        return self._moved(services.return_version, moves.VERSION_RETURNED)

    @extend_schema(request=ReasonSerializer, responses=WholeVersionSerializer)
    @action(detail=True, methods=["post"])
    def withdrawal(self, request: Request, reference: str) -> Response:
        """Withdraw a version."""
        return self._moved(services.withdraw_version, moves.VERSION_WITHDRAWN)

    def _moved(self, service: Any, event: Any) -> Response:
        return self.carry_out(service, event, status=200, version=self.get_object())
