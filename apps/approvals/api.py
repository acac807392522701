from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action

from apps.accounts.models import User
from apps.accounts.roles import ROLES
from apps.approvals import events, selectors
from apps.approvals.models import Approval, Condition, Decision, Delegation
from apps.approvals.services import conditions, decisions, delegations, requests
from apps.core.doors.api import GovernedViewSet, StrictSerializer, TypedSerializer
from apps.core.errors import BadInput
from apps.signatures.api import SignatureSerializer, SignedSerializer, SigningViewSet

PERSON = {"slug_field": "email", "read_only": True}


class ConditionSerializer(serializers.ModelSerializer):
    check = serializers.JSONField(source="check_measure")
    stated_by = serializers.CharField(source="decision.decider.email")
    fulfilled_by = serializers.SlugRelatedField(**PERSON)
    verified_by = serializers.SlugRelatedField(**PERSON)

    class Meta:
        model = Condition
        fields = [
            *("number", "text", "due", "check", "status", "stated_by", "evidence", "note"),
            *("fulfilled_by", "fulfilled_at", "verified_by", "verified_at", "overdue_at", "revision"),
        ]


class DecisionSerializer(serializers.ModelSerializer):
    stage = serializers.CharField(source="stage.name")
    decider = serializers.SlugRelatedField(**PERSON)
    in_place_of = serializers.SlugRelatedField(**PERSON)
    signature = SignatureSerializer()

    class Meta:
        model = Decision
        fields = [
            *("decision", "reason", "stage", "decider", "in_place_of", "exceptions"),
            *("dossier_digest", "decided_at", "signature"),
        ]


class SeatSerializer(serializers.Serializer):
    name = serializers.CharField(source="person.name")
    email = serializers.CharField(source="person.email")
    state = serializers.ChoiceField(["signed", "refused", "awaiting"])


class StageSerializer(serializers.Serializer):
    number = serializers.IntegerField(source="stage.number")
    name = serializers.CharField(source="stage.name")
    state = serializers.ChoiceField(["done", "now", "todo"])
    role = serializers.CharField(source="stage.role")
    permission = serializers.CharField(source="stage.permission")
    quorum = serializers.IntegerField(source="stage.quorum")
    mode = serializers.ChoiceField(["any", "all"], source="stage.mode")
    opened_at = serializers.DateTimeField(source="stage.opened_at", allow_null=True)
    due = serializers.DateField(source="stage.due", allow_null=True)
    signed = serializers.IntegerField()
    deciders = SeatSerializer(source="seats", many=True)


class ListedStageSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.CharField()
    quorum = serializers.IntegerField()
    mode = serializers.CharField()
    opened_at = serializers.DateTimeField(allow_null=True)
    due = serializers.DateField(allow_null=True)


class ApprovalSerializer(serializers.ModelSerializer):
    """An approval on a list."""

    kind = serializers.CharField(source="kind_of_request")
    subject = serializers.CharField(source="subject_reference")
    opened_by = serializers.SlugRelatedField(**PERSON)
    stages = serializers.SerializerMethodField()
    due = serializers.SerializerMethodField()

    class Meta:
        model = Approval
        fields = [
            *("reference", "kind", "title", "subject_kind", "subject", "status", "dossier_digest", "stages", "due"),
            *("opened_by", "opened_at", "decided_at", "suspension", "stand_ins", "route_version", "revision"),
        ]

    @extend_schema_field(ListedStageSerializer(many=True))
    def get_stages(self, approval: Approval) -> Any:
        return ListedStageSerializer(approval.stages.all(), many=True).data

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_due(self, approval: Approval) -> Any:
        return selectors.due(approval)


class WholeApprovalSerializer(ApprovalSerializer):
    """An approval with its people, what they said, and the record that is decided on."""

    decisions = DecisionSerializer(many=True)
    conditions = ConditionSerializer(many=True)
    record = serializers.SerializerMethodField()

    class Meta(ApprovalSerializer.Meta):
        fields = [*ApprovalSerializer.Meta.fields, "decisions", "conditions", "record"]

    @extend_schema_field(StageSerializer(many=True))
    def get_stages(self, approval: Approval) -> Any:
        return StageSerializer(selectors.stages_of(approval), many=True).data

    @extend_schema_field({"type": "object"})
    def get_record(self, approval: Approval) -> Any:
        return selectors.record_of(approval)


class NewConditionSerializer(StrictSerializer):
    text = serializers.CharField(max_length=4000)
    due = serializers.DateField()
    check = serializers.JSONField(required=False, help_text="What a program could check: {measure, limit, …}.")


class NewDecisionSerializer(SignedSerializer):
    dossier_digest = serializers.RegexField(r"^[0-9a-f]{64}$")
    decision = serializers.ChoiceField(Decision.Kind.choices)
    reason = serializers.CharField(max_length=20_000)
    conditions = NewConditionSerializer(many=True, required=False, default=list)
    exceptions = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)


class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=20_000)


class EvidenceSerializer(TypedSerializer):
    """What shows it: `references`, and figures by any other name, kept as they were said."""

    references = serializers.ListField(child=serializers.CharField(max_length=200), max_length=100, required=False)

    def to_internal_value(self, data: Any) -> Any:
        return {**(data if isinstance(data, dict) else {}), **super().to_internal_value(data)}


class FulfilmentSerializer(StrictSerializer):
    evidence = EvidenceSerializer(required=False, default=dict)
    note = serializers.CharField(max_length=20_000)


class VerificationSerializer(StrictSerializer):
    note = serializers.CharField(max_length=20_000)


SIGNED = inline_serializer(
    "SignedDecision",
    {"decision": serializers.CharField(), "signature": SignatureSerializer(), "approval": serializers.DictField()},
)
SUBJECT = OpenApiParameter("subject", str, description="Only about this: MDL-0001@1.0.0.")
AWAITING = OpenApiParameter("awaiting", str, enum=["me"], description="Only what you could decide on now.")


class ApprovalViewSet(SigningViewSet):
    """Requests for approval: what is decided on, by whom, until when, and what came of it."""

    queryset = selectors.listed(Approval.objects.order_by("-pk"))
    serializer_class = WholeApprovalSerializer
    filterset_fields = {"status": ["exact"], "subject_reference": ["exact"], "kind_of_request": ["exact"]}
    asked = {"list": ("awaiting", "subject")}
    bodies = {
        "list": ApprovalSerializer,
        "decisions": NewDecisionSerializer,
        "withdrawal": ReasonSerializer,
        "suspension": ReasonSerializer,
        "lifting": ReasonSerializer,
        "fulfilment": FulfilmentSerializer,
        "verification": VerificationSerializer,
        "refusal": VerificationSerializer,
        "conditions": ConditionSerializer,
    }

    def get_serializer_class(self) -> Any:
        return self.bodies.get(self.action, WholeApprovalSerializer)

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return self._narrowed(rows) if self.action == "list" else rows

    def _narrowed(self, rows: Any) -> Any:
        awaiting, subject = (self.request.query_params.get(name) for name in self.asked["list"])
        if awaiting not in (None, "", "me"):
            raise BadInput(errors={"awaiting": ["Only me: what you could decide on now."]})
        if awaiting:
            waiting = selectors.awaiting(self.request.user, timezone.now())
            rows = rows.filter(pk__in=[approval.pk for approval in waiting])
        return rows.filter(subject_reference=subject) if subject else rows

    @extend_schema(parameters=[AWAITING, SUBJECT])
    def list(self, request, *args, **kwargs):
        """List approvals."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=NewDecisionSerializer, responses={201: SIGNED})
    @action(detail=True, methods=["post"])
    def decisions(self, request, reference):
        """Sign a decision at the stage that is open.

        It names the dossier's digest as you saw it; where another has taken its place the answer is 409.
        """
        return self.sign_and_carry_out(
            decisions.decide,
            events.DECISION_SIGNED,
            ready=decisions.require_ready,
            answer=_signed,
            approval=self.get_object(),
        )

    @extend_schema(request=ReasonSerializer, responses={201: WholeApprovalSerializer})
    @action(detail=True, methods=["post"])
    def withdrawal(self, request, reference):
        """Withdraw a request for approval."""
        return self._reasoned(requests.withdraw_approval, events.APPROVAL_WITHDRAWN)

    @extend_schema(request=ReasonSerializer, responses={201: WholeApprovalSerializer})
    @action(detail=True, methods=["post"])
    def suspension(self, request, reference):
        """Suspend an approval that was given."""
        return self._reasoned(requests.suspend_approval, events.APPROVAL_SUSPENDED)

    @extend_schema(request=ReasonSerializer, responses={201: WholeApprovalSerializer})
    @action(detail=True, methods=["post"])
    def lifting(self, request, reference):
        """Lift an approval's suspension."""
        return self._reasoned(requests.lift_suspension, events.SUSPENSION_LIFTED)

    @extend_schema(responses=ConditionSerializer(many=True))
    @action(detail=True, filter_backends=())
    def conditions(self, request, reference):
        """List an approval's conditions."""
        rows = self.get_object().conditions.order_by("number")
        return self.get_paginated_response(ConditionSerializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=FulfilmentSerializer, responses={201: ConditionSerializer})
    @action(detail=True, methods=["post"], url_path=r"conditions/(?P<number>\d{1,4})/fulfilment")
    def fulfilment(self, request, reference, number):
        """Report a condition as fulfilled.

        Another person verifies it.
        """
        return self._on_condition(conditions.fulfil_condition, events.CONDITION_FULFILLED, number)

    @extend_schema(request=VerificationSerializer, responses={201: ConditionSerializer})
    @action(detail=True, methods=["post"], url_path=r"conditions/(?P<number>\d{1,4})/verification")
    def verification(self, request, reference, number):
        """Verify that a condition is fulfilled."""
        return self._on_condition(conditions.verify_condition, events.CONDITION_VERIFIED, number)

    @extend_schema(request=VerificationSerializer, responses={201: ConditionSerializer})
    @action(detail=True, methods=["post"], url_path=r"conditions/(?P<number>\d{1,4})/refusal")
    def refusal(self, request, reference, number):
        """Refuse what was reported as a condition's fulfilment."""
        return self._on_condition(conditions.refuse_condition, events.CONDITION_REFUSED, number)

    def _reasoned(self, service: Any, event: Any) -> Any:
        return self.carry_out(service, event, approval=self.get_object(), answer=_whole)

    def _on_condition(self, service: Any, event: Any, number: str) -> Any:
        found = self.get_object().conditions.filter(number=int(number)).first()
        if found is None:
            raise Http404
        return self.carry_out(service, event, condition=found, answer=lambda row: ConditionSerializer(row).data)


def _whole(approval: Approval) -> Any:
    """As it is now, read again: a consequence may have changed more than the service's own row."""
    return WholeApprovalSerializer(selectors.listed(Approval.objects.filter(pk=approval.pk)).get()).data


def _signed(made: Decision) -> Any:
    approval = Approval.objects.get(pk=made.approval_id)
    return {
        **DecisionSerializer(made).data,
        "conditions": ConditionSerializer(made.conditions.order_by("number"), many=True).data,
        "approval": {"reference": approval.reference, "status": str(approval.status)},
    }


class DelegationSerializer(serializers.ModelSerializer):
    principal = serializers.SlugRelatedField(**PERSON)
    deputy = serializers.SlugRelatedField(**PERSON)

    class Meta:
        model = Delegation
        fields = [
            *("reference", "principal", "deputy", "role", "reason", "starts_at", "ends_at", "ended_at", "revision"),
        ]


class NewDelegationSerializer(StrictSerializer):
    deputy = serializers.SlugRelatedField(
        "email", queryset=User.objects.filter(is_active=True, account_kind=User.Kind.PERSON)
    )
    role = serializers.ChoiceField([(name, role.title) for name, role in ROLES.items()])
    reason = serializers.CharField(max_length=4000)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField()


class DelegationViewSet(GovernedViewSet):
    """Who decides in whose place, and until when. It lends a seat and never a way round separation of duties."""

    queryset = Delegation.objects.select_related("principal", "deputy").order_by("-pk")
    serializer_class = DelegationSerializer
    bodies = {"create": NewDelegationSerializer, "ending": StrictSerializer}

    def get_serializer_class(self) -> Any:
        return self.bodies.get(self.action, DelegationSerializer)

    @extend_schema(request=NewDelegationSerializer, responses={201: DelegationSerializer})
    def create(self, request):
        """Let a deputy decide in your place until a date."""
        return self.carry_out(delegations.delegate, events.DELEGATION_MADE)

    @extend_schema(request=None, responses={201: DelegationSerializer})
    @action(detail=True, methods=["post"])
    def ending(self, request, reference):
        """End a delegation before its date."""
        return self.carry_out(delegations.end_delegation, events.DELEGATION_ENDED, delegation=self.get_object())
