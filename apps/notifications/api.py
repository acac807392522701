from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer
from apps.notifications import events, services
from apps.notifications.models import Notification, Webhook
from apps.notifications.signing import shown_secret


class NotificationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Notification
        fields = [
            *("id", "sentence", "url", "subject_kind", "subject_reference", "root_reference"),
            *("created_at", "read_at"),
        ]


@extend_schema_view(list=extend_schema(summary="List your notifications."))
class NotificationViewSet(viewsets.ReadOnlyModelViewSet):
    """One's own inbox, newest first."""

    queryset = Notification.objects.order_by("-created_at", "-id")
    serializer_class = NotificationSerializer
    filterset_fields = {"read_at": ["isnull"], "subject_reference": ["exact"]}
    lookup_value_regex = r"\d+"

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def read(self, request, pk):
        """Mark a notification as read."""
        services.mark_read(actor=request.user, notification=self.get_object(), now=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, operation_id="notifications_read_all", responses={200: {"type": "object"}})
    @action(detail=False, methods=["post"], url_path="read")
    def read_all(self, request):
        """Mark all your notifications as read."""
        return Response({"read": services.mark_read(actor=request.user, now=timezone.now())})


class WebhookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Webhook
        fields = ["reference", "address", "verbs", "status", "created_at", "revision"]


class NewWebhookSerializer(StrictSerializer):
    address = serializers.CharField(max_length=400)
    verbs = serializers.ListField(child=serializers.RegexField(r"^[a-z]+\.([a-z_]+)?$"), required=False)


class WebhookWithSecretSerializer(WebhookSerializer):
    """The secret is told when it is made, and never again."""

    secret = serializers.CharField()

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class NothingSerializer(StrictSerializer):
    """A body without fields."""


class WebhookViewSet(GovernedViewSet):
    """Where events are sent, for those who keep that."""

    queryset = Webhook.objects.order_by("reference")
    serializer_class = WebhookSerializer

    @extend_schema(request=NewWebhookSerializer, responses={201: WebhookWithSecretSerializer})
    def create(self, request):
        """Add a webhook.

        The answer carries, once, the secret that signs what is sent there.
        """
        return self.carry_out(services.add_webhook, events.WEBHOOK_ADDED, answer=self.show_with_secret)

    @extend_schema(request=None, responses={201: WebhookSerializer})
    @action(detail=True, methods=["post"], url_path="off")
    def switch_off(self, request, reference):
        """Switch a webhook off."""
        return self.carry_out(services.switch_off, events.WEBHOOK_SWITCHED_OFF, webhook=self.get_object())

    @extend_schema(request=None, responses={201: WebhookSerializer})
    @action(detail=True, methods=["post"], url_path="on")
    def switch_on(self, request, reference):
        """Switch a webhook on."""
        return self.carry_out(services.switch_on, events.WEBHOOK_SWITCHED_ON, webhook=self.get_object())

    @extend_schema(request=None, responses={201: WebhookWithSecretSerializer})
    @action(detail=True, methods=["post"])
    def secret(self, request, reference):
        """Give a webhook another secret."""
        return self.carry_out(
            services.change_secret,
            events.WEBHOOK_SECRET_CHANGED,
            webhook=self.get_object(),
            answer=self.show_with_secret,
        )

    def show_with_secret(self, webhook):
        """The secret is told when it is made, and never again."""
        return {**self.show(webhook), "secret": shown_secret(webhook)}

    def get_serializer_class(self):
        bodies = {"create": NewWebhookSerializer}
        asked = self.action in ("switch_off", "switch_on", "secret")
        return NothingSerializer if asked else bodies.get(self.action, WebhookSerializer)
