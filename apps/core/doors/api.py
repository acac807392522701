"""The API's manners: scope first, then permission, then state, then the body; ETags; one effect a key."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import subjects
from apps.core.allowed import not_allowed
from apps.core.doors.typed import mistyped
from apps.core.errors import RevisionRequired, Stale
from apps.core.events import Event
from apps.core.governed import Governed
from apps.core.idempotency import answer_once
from apps.core.references import URL_PATTERN
from apps.core.shapes import NO_SUCH_FIELD


class TypedSerializer(serializers.Serializer):
    """A body whose JSON types are kept, not bent to what would do. Forms know text only; there the fields read it."""

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, dict) and (faults := self.faults(data)):
            raise serializers.ValidationError(faults)
        return super().run_validation(data)

    def faults(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is wrong with the body's shape, by field."""
        if isinstance(data, QueryDict):
            return {}
        wrong = {name: mistyped(field, data[name]) for name, field in self.fields.items() if name in data}
        return {name: sentences for name, sentences in wrong.items() if sentences}


class StrictSerializer(TypedSerializer):
    """A body whose unknown fields are named, not ignored: a typing error must not pass for consent."""

    def faults(self, data: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(data) - set(self.fields) - {"csrfmiddlewaretoken"})
        return {**{name: [NO_SUCH_FIELD] for name in unknown}, **super().faults(data)}


@extend_schema_field(serializers.CharField(help_text="The reference of what it is about: MDL-0001, MDL-0001@1.0.0."))
class SubjectField(serializers.Field):
    """The row that a reference names, where the caller may see it."""

    def to_internal_value(self, data: Any) -> Any:
        found = subjects.named(data, self.context["request"].user) if isinstance(data, str) else None
        if found is None:
            raise serializers.ValidationError("There is no such thing, or you may not see it.")
        return found


class GovernedViewSet(viewsets.ReadOnlyModelViewSet):
    """Lists and shows what the caller may see; actions carry out a service."""

    lookup_field = "reference"
    lookup_value_regex = URL_PATTERN
    asked: Mapping[str, Collection[str]] = {}  # by action: what its list may be asked by, beside the view's filters

    def get_queryset(self) -> Any:
        return super().get_queryset().visible_to(self.request.user)  # type: ignore[attr-defined]

    def get_object(self) -> Any:
        self.kwargs["reference"] = self.kwargs["reference"].replace("%40", "@")
        return super().get_object()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        return Response(self.show(row), headers=etag(row))

    def carry_out(
        self,
        service: Callable[..., Any],
        event: Event,
        *,
        status: int = 201,
        answer: Any = None,
        partial: bool = False,
        **subject: Any,
    ) -> Response:
        """Check scope's rest, read the body with the action's serializer, call `service`, and show what it gives.

        Args:
            event: what the service will cause; its permission and the subject's state are checked before the body,
                so that 403 and 409 come before 422.
            partial: whether the body may leave fields out (PATCH).
            answer: turns the service's result into the body of the answer; by default the viewset's own serializer.
            subject: keyword arguments of the service; the first governed row among them is what the event is about.
        """
        row = next((value for value in subject.values() if isinstance(value, Governed)), None)

        def produce() -> Response:
            require(self.request.user, event, row)
            if row is not None:
                row.require_open_to(event)
            body = self.get_serializer(data=self.request.data, partial=partial)
            body.is_valid(raise_exception=True)
            made = service(actor=self.request.user, now=timezone.now(), **subject, **body.validated_data)
            shown = (answer or self.show)(made)
            return Response(shown, status=status, headers=etag(made) if isinstance(made, Governed) else None)

        return answer_once(self.request, produce)

    def show(self, row: Any) -> Any:
        return self.serializer_class(row, context=self.get_serializer_context()).data  # type: ignore[misc]

    def expected_revision(self, row: Governed) -> int:
        """The revision that If-Match names.

        Raises:
            RevisionRequired: no If-Match. Stale: it names a revision that is not the present one.
        """
        named = self.request.headers.get("If-Match")
        if named is None:
            raise RevisionRequired('Send If-Match with the ETag you last saw, such as "3".')
        if named.strip() != f'"{row.revision}"':
            raise Stale("Somebody changed this after you read it. Read it again, then change it.")
        return row.revision


def require(user: Any, event: Event, row: Governed | None = None) -> None:
    """Refuse early what the act would refuse: `user` lacks the event's permission (on `row`, where there is one).

    Raises:
        PermissionDenied: with the sentence.
    """
    if event.permission is None:
        return
    allowed = user.has_perm(event.permission) if row is None else user.may(event.permission, row)
    if not allowed:
        raise not_allowed(user, event.permission)


def etag(row: Governed) -> dict[str, str]:
    return {"ETag": f'"{row.revision}"'}
