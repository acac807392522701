from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import ApiToken
from apps.accounts.services.signing_in import exchange_for_token
from apps.accounts.services.tokens import revoke_token
from apps.accounts.throttling import place_of
from apps.core.doors.api import StrictSerializer


class CredentialsSerializer(StrictSerializer):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)
    otp = serializers.CharField(max_length=40, required=False, allow_blank=True)
    name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    expires_in_days = serializers.IntegerField(required=False, min_value=1)


class NewTokenSerializer(serializers.Serializer):
    """The answer to the right credentials; the secret is shown here and never again."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    id = serializers.IntegerField()
    name = serializers.CharField()


class TokenSerializer(serializers.ModelSerializer):
    created_at = serializers.DateTimeField(source="created")
    expires_at = serializers.DateTimeField(source="expiry")
    status = serializers.SerializerMethodField()

    class Meta:
        model = ApiToken
        fields = ["id", "name", "status", "created_at", "expires_at", "revoked_at", "last_used_on"]

    def get_status(self, token: ApiToken) -> str:
        return token.status(timezone.now())


class TokenViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """One's own keys to the API. A secret is shown once, when it is made."""

    queryset = ApiToken.objects.order_by("-pk")
    serializer_class = TokenSerializer
    filter_backends = ()
    lookup_value_regex = r"\d+"

    def get_queryset(self):
        if not self.request.user.is_authenticated:
            return ApiToken.objects.none()
        return super().get_queryset().filter(user=self.request.user)

    def get_authenticators(self):
        return [] if self.request is not None and self.request.method == "POST" else super().get_authenticators()

    def get_permissions(self):
        return (
            [AllowAny()] if self.request is not None and self.request.method == "POST" else super().get_permissions()
        )

    @extend_schema(request=CredentialsSerializer, responses={201: NewTokenSerializer}, auth=[])
    def create(self, request):
        body = CredentialsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = exchange_for_token(place=place_of(request), now=timezone.now(), **body.validated_data)
        shown = {"token": made.secret, "expires_at": made.expires_at, "id": made.token.pk, "name": made.token.name}
        return Response(NewTokenSerializer(shown).data, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(responses={204: None})
    def destroy(self, request, pk):
        revoke_token(actor=request.user, token=self.get_object(), now=timezone.now())
        return Response(status=204)


class MeSerializer(serializers.Serializer):
    """Who one is, and what one may do; where is a matter of units and of what was granted one by one."""

    reference = serializers.CharField()
    email = serializers.EmailField()
    name = serializers.CharField()
    title = serializers.CharField()
    units = serializers.ListField(child=serializers.CharField())
    roles = serializers.ListField(child=serializers.CharField())
    permissions = serializers.ListField(child=serializers.CharField())


class MeView(APIView):
    @extend_schema(responses=MeSerializer)
    def get(self, request):
        user = request.user
        shown = {
            "reference": user.reference,
            "email": user.email,
            "name": user.name,
            "title": user.title,
            "units": [unit.name for unit in user.units.all()],
            "roles": user.roles,
            "permissions": sorted(user.get_group_permissions()),
        }
        return Response(MeSerializer(shown).data)
