from collections.abc import Callable
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.reauthentication import reauthenticate
from apps.core.doors.api import GovernedViewSet, StrictSerializer, etag, require
from apps.core.events import Event
from apps.core.governed import Governed
from apps.core.idempotency import answer_once
from apps.signatures.models import Signature


class SignatureSerializer(serializers.ModelSerializer):
    """A signature as other rooms show it beside what was signed."""

    signer = serializers.CharField(source="printed_name")
    roles = serializers.CharField(source="printed_roles")

    class Meta:
        model = Signature
        fields = ["reference", "signer", "roles", "meaning", "signed_at", "methods", "record_digest", "digest"]


class SignedSerializer(StrictSerializer):
    """A body that is signed: the password, and the one-time code of who has enrolled one, come with it each time."""

    password = serializers.CharField(write_only=True, trim_whitespace=False, max_length=200)
    otp = serializers.CharField(write_only=True, required=False, default="", allow_blank=True, max_length=20)


class SigningViewSet(GovernedViewSet):
    """A viewset whose actions sign. A token opens the door; only the password, said here and now, signs."""

    def sign_and_carry_out(
        self,
        service: Callable[..., Any],
        event: Event,
        *,
        answer: Callable[[Any], Any],
        ready: Callable[..., Any] | None = None,
        **subject: Any,
    ) -> Response:
        """Check all that can be checked, then the password, then call `service` with the proof.

        Args:
            ready: called with the service's arguments but the proof before the password is looked at, so that who
                can't sign is told so and not asked again.
        """
        row = next((value for value in subject.values() if isinstance(value, Governed)), None)
        given: dict[str, Any] = {}

        def first() -> None:
            require(self.request.user, event, row)
            if row is not None:
                row.require_open_to(event)
            body = self.get_serializer(data=self.request.data)
            body.is_valid(raise_exception=True)
            given.update(body.validated_data)
            password, otp = given.pop("password"), given.pop("otp")
            user, now = self.request.user, timezone.now()
            if ready is not None:
                ready(actor=user, now=now, **subject, **given)
            given["reauthentication"] = reauthenticate(user=user, password=password, otp=otp, now=now)

        def produce() -> Response:
            made = service(actor=self.request.user, now=timezone.now(), **subject, **given)
            return Response(answer(made), status=201, headers=etag(made) if isinstance(made, Governed) else None)

        return answer_once(self.request, produce, first=first)
