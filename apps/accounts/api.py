from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.fields import empty
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import events
from apps.accounts.models import ApiToken, BusinessUnit, RoleGrant, User
from apps.accounts.roles import NOT_FOR_PEOPLE, ROLES
from apps.accounts.selectors import may_look, people_with_roles
from apps.accounts.services import roles
from apps.accounts.services.access import end_access, grant_access
from apps.accounts.services.people import invite
from apps.accounts.services.signing_in import exchange_for_token
from apps.accounts.services.tokens import revoke_token
from apps.accounts.services.units import add_unit
from apps.accounts.throttling import place_of
from apps.core.doors.api import GovernedViewSet, StrictSerializer, require


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


@extend_schema_view(
    list=extend_schema(summary="List your API tokens."),
    retrieve=extend_schema(summary="Show one of your API tokens."),
)
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
        """Exchange an address and a password for an API token.

        The secret is shown here and never again.
        """
        body = CredentialsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = exchange_for_token(place=place_of(request), now=timezone.now(), **body.validated_data)
        shown = {"token": made.secret, "expires_at": made.expires_at, "id": made.token.pk, "name": made.token.name}
        return Response(NewTokenSerializer(shown).data, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(responses={204: None})
    def destroy(self, request, pk):
        """Revoke one of your API tokens."""
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
        """Show who you are, and what you may do."""
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


class PersonSerializer(serializers.ModelSerializer):
    roles = serializers.SlugRelatedField("name", source="groups", many=True, read_only=True)
    units = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["reference", "email", "name", "title", "account_kind", "is_active", "roles", "units"]

    def get_units(self, person: User) -> list[str]:
        return [membership.unit.name for membership in person.memberships.all()]


class InviteSerializer(StrictSerializer):
    email = serializers.EmailField()
    name = serializers.CharField(max_length=120)
    title = serializers.CharField(max_length=120, required=False, allow_blank=True)
    units = serializers.SlugRelatedField("name", queryset=BusinessUnit.objects.all(), many=True, required=False)


class AccessSerializer(StrictSerializer):
    root_reference = serializers.CharField(max_length=40)
    reason = serializers.CharField(max_length=1000)


@extend_schema_view(list=extend_schema(summary="List people."), retrieve=extend_schema(summary="Show a person."))
class PersonViewSet(viewsets.ReadOnlyModelViewSet):
    """Accounts, for who keeps or audits them; everybody sees their own."""

    serializer_class = PersonSerializer
    lookup_field = "reference"
    lookup_value_regex = r"USR-\d{1,18}"
    filter_backends = ()

    def get_queryset(self):
        rows = people_with_roles().order_by("-pk")
        return rows if may_look(self.request.user) else rows.filter(pk=self.request.user.pk)

    def get_object(self):
        return get_object_or_404(self.get_queryset(), pk=int(self.kwargs["reference"].removeprefix("USR-")))

    @extend_schema(request=InviteSerializer, responses={201: PersonSerializer})
    def create(self, request):
        """Invite a person.

        The answer carries, once, the link by which they choose a password.
        """
        require(request.user, events.PERSON_INVITED)
        body = InviteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        person, link = invite(actor=request.user, now=timezone.now(), **body.validated_data)
        return Response({**self.shown(person), "link": link}, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(request=AccessSerializer, responses={201: PersonSerializer})
    @action(detail=True, methods=["post"])
    def access(self, request, reference):
        """Give a person access to one model or dataset outside their units."""
        return self._about(request, events.ACCESS_GRANTED, grant_access, AccessSerializer)

    @extend_schema(request=AccessSerializer, responses={201: PersonSerializer})
    @action(detail=True, methods=["post"], url_path="access-end")
    def access_end(self, request, reference):
        """End a person's access to one model or dataset."""
        return self._about(request, events.ACCESS_ENDED, end_access, AccessSerializer)

    def _about(self, request, event, service, body_class):
        person = self.get_object()
        require(request.user, event)
        body = body_class(data=request.data)
        body.is_valid(raise_exception=True)
        service(actor=request.user, user=person, now=timezone.now(), **body.validated_data)
        return Response(self.shown(person), status=201)

    def shown(self, person):
        return PersonSerializer(people_with_roles().get(pk=person.pk)).data


class UnitSerializer(serializers.ModelSerializer):
    class Meta:
        model = BusinessUnit
        fields = ["reference", "name", "legal_entity"]


class NewUnitSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    legal_entity = serializers.CharField(max_length=120, required=False, allow_blank=True)


class UnitViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = BusinessUnit.objects.order_by("name")
    serializer_class = UnitSerializer
    filter_backends = ()

    @extend_schema(request=NewUnitSerializer, responses={201: UnitSerializer})
    def create(self, request):
        """Add a business unit."""
        require(request.user, events.UNIT_ADDED)
        body = NewUnitSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(
            UnitSerializer(add_unit(actor=request.user, now=timezone.now(), **body.validated_data)).data, 201
        )


class RoleGrantSerializer(serializers.ModelSerializer):
    user = serializers.CharField(source="user.reference")
    requested_by = serializers.CharField(source="requested_by.reference")
    confirmed_by = serializers.SerializerMethodField()

    class Meta:
        model = RoleGrant
        fields = [
            *("reference", "user", "role", "reason", "status", "requested_by", "requested_at"),
            *("confirmed_by", "granted_at", "ended_at", "revision"),
        ]

    def get_confirmed_by(self, grant: RoleGrant) -> str | None:
        return grant.confirmed_by.reference if grant.confirmed_by else None


class PersonField(serializers.CharField):
    """A person by their reference; the value is the person."""

    def run_validation(self, data=empty):
        reference = super().run_validation(data)
        number = reference.removeprefix("USR-")
        person = User.objects.people().filter(pk=int(number)).first() if number.isdecimal() else None
        if person is None:
            raise serializers.ValidationError("There is no such person.")
        return person


class RoleRequestSerializer(StrictSerializer):
    user = PersonField(max_length=22)
    role = serializers.ChoiceField([name for name in ROLES if name not in NOT_FOR_PEOPLE])
    reason = serializers.CharField(max_length=1000)


class NothingSerializer(StrictSerializer):
    """A body without fields."""


class GrantReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=1000)


class RoleGrantViewSet(GovernedViewSet):
    """Roles, as they were asked for and granted by two people."""

    queryset = RoleGrant.objects.select_related("user", "requested_by", "confirmed_by").order_by("-pk")
    serializer_class = RoleGrantSerializer
    filterset_fields = ("role", "status")
    bodies = {"create": RoleRequestSerializer, "confirmation": NothingSerializer}

    def get_serializer_class(self):
        if self.action in ("refusal", "revocation"):
            return GrantReasonSerializer
        return self.bodies.get(self.action, RoleGrantSerializer)

    @extend_schema(responses={201: RoleGrantSerializer})
    def create(self, request):
        """Ask for a role for somebody.

        It is theirs once a second person has confirmed it.
        """
        return self.carry_out(roles.request_role, events.ROLE_REQUESTED)

    @extend_schema(responses={201: RoleGrantSerializer})
    @action(detail=True, methods=["post"])
    def confirmation(self, request, reference):
        """Confirm a role that somebody else asked for."""
        return self.carry_out(roles.grant_role, events.ROLE_GRANTED, grant=self.get_object())

    @extend_schema(responses={201: RoleGrantSerializer})
    @action(detail=True, methods=["post"])
    def refusal(self, request, reference):
        """Decline a role that was asked for."""
        return self.carry_out(roles.decline_role, events.ROLE_DECLINED, grant=self.get_object())

    @extend_schema(responses={201: RoleGrantSerializer})
    @action(detail=True, methods=["post"])
    def revocation(self, request, reference):
        """Take a granted role back."""
        return self.carry_out(roles.revoke_role, events.ROLE_REVOKED, grant=self.get_object())
