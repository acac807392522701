from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action

from apps.core.doors.api import GovernedViewSet, StrictSerializer, require
from apps.inventory.models import ModelVersion
from apps.signatures.api import SignatureSerializer, SignedSerializer, SigningViewSet
from apps.validations import events
from apps.validations.models import Validation
from apps.validations.questions import questions_for
from apps.validations.services import ASSESSMENTS, answer_questions, ask_revalidation, conclude, open_validation

PERSON = {"slug_field": "email", "read_only": True}


class AskedSerializer(serializers.Serializer):
    key = serializers.CharField()
    section = serializers.CharField()
    text = serializers.CharField()
    answer = serializers.CharField(allow_null=True)
    assessment = serializers.ChoiceField(ASSESSMENTS, allow_null=True)


class ValidationSerializer(serializers.ModelSerializer):
    version = serializers.SlugRelatedField("reference", read_only=True)
    validator = serializers.SlugRelatedField(**PERSON)
    opened_by = serializers.SlugRelatedField(**PERSON)
    scope = serializers.CharField(source="scope_of_work")
    questions = serializers.SerializerMethodField()
    signature = SignatureSerializer()

    class Meta:
        model = Validation
        fields = [
            *("reference", "version", "sort", "reason", "status", "validator", "scope", "questions", "due"),
            *("opened_by", "opened_at", "conclusion", "summary", "report_digest", "signature", "concluded_at"),
            "revision",
        ]

    @extend_schema_field(AskedSerializer(many=True))
    def get_questions(self, validation: Validation) -> Any:
        unanswered = {"answer": None, "assessment": None}
        return [
            {
                "key": question.key,
                "section": question.section,
                "text": question.text,
                **(validation.answers.get(question.key) or unanswered),
            }
            for question in questions_for(validation.version.model.tier)
        ]


class NewValidationSerializer(StrictSerializer):
    scope = serializers.CharField(max_length=20_000)
    due = serializers.DateField(required=False, allow_null=True)


class RevalidationSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=20_000)
    due = serializers.DateField(required=False, allow_null=True)


class AnswerSerializer(StrictSerializer):
    answer = serializers.CharField(max_length=20_000)
    assessment = serializers.ChoiceField(ASSESSMENTS)


class AnswersSerializer(StrictSerializer):
    answers = serializers.DictField(child=AnswerSerializer())


class ConclusionSerializer(SignedSerializer):
    conclusion = serializers.ChoiceField(Validation.Conclusion.choices)
    summary = serializers.CharField(max_length=20_000)


SIGNED = inline_serializer(
    "SignedConclusion",
    {
        "signature": SignatureSerializer(),
        "conclusion": serializers.CharField(),
        "report_digest": serializers.CharField(),
        "validation": serializers.CharField(),
    },
)


class ValidationViewSet(SigningViewSet):
    """The independent challenge of versions: questions, answers, a signed conclusion."""

    queryset = Validation.objects.select_related(
        "version__model__owner", "version__created_by", "validator", "opened_by", "signature"
    ).order_by("-pk")
    serializer_class = ValidationSerializer
    filterset_fields = {
        "status": ["exact"],
        "sort": ["exact"],
        "version__reference": ["exact"],
        "validator__email": ["exact"],
    }
    bodies = {"partial_update": AnswersSerializer, "conclusion": ConclusionSerializer}

    def get_serializer_class(self) -> Any:
        return self.bodies.get(self.action, ValidationSerializer)

    @extend_schema(request=AnswersSerializer, responses=ValidationSerializer)
    def partial_update(self, request, reference):
        """Answer a validation's questions."""
        validation = self.get_object()
        require(request.user, events.QUESTION_ANSWERED, validation)
        revision = self.expected_revision(validation)
        return self.carry_out(
            answer_questions, events.QUESTION_ANSWERED, status=200, validation=validation, revision=revision
        )

    @extend_schema(request=ConclusionSerializer, responses={201: SIGNED})
    @action(detail=True, methods=["post"])
    def conclusion(self, request, reference):
        """Sign a validation's conclusion.

        One that is fit opens the approval.
        """
        return self.sign_and_carry_out(
            conclude, events.VALIDATION_CONCLUDED, answer=_signed, validation=self.get_object()
        )


def _signed(validation: Validation) -> Any:
    return {
        "signature": SignatureSerializer(validation.signature).data,
        "conclusion": str(validation.conclusion),
        "report_digest": validation.report_digest,
        "validation": validation.reference,
    }


class OfAVersion(GovernedViewSet):
    """A viewset over what belongs to one version; the address names it."""

    def version(self) -> ModelVersion:
        reference = self.kwargs["reference"].replace("%40", "@")
        rows = ModelVersion.objects.visible_to(self.request.user).select_related("model")  # type: ignore[attr-defined]
        found = rows.filter(reference=reference).first()
        if found is None:
            raise Http404
        return found


@extend_schema_view(list=extend_schema(summary="List a version's validations."))
class VersionValidationsViewSet(OfAVersion):
    """A version's validations, and taking one on."""

    queryset = ValidationViewSet.queryset
    serializer_class = ValidationSerializer

    def get_serializer_class(self) -> Any:
        bodies = {"create": NewValidationSerializer, "revalidation": RevalidationSerializer}
        return bodies.get(self.action, ValidationSerializer)

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(version=self.version())

    @extend_schema(request=NewValidationSerializer, responses={201: ValidationSerializer})
    def create(self, request, reference):
        """Take on a version's validation."""
        return self.carry_out(open_validation, events.VALIDATION_OPENED, version=self.version())

    @extend_schema(request=RevalidationSerializer, responses={201: ValidationSerializer})
    def revalidation(self, request, reference):
        """Ask for a version's revalidation."""
        return self.carry_out(ask_revalidation, events.REVALIDATION_ASKED, version=self.version())
