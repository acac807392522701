from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from apps.core.doors.api import GovernedViewSet, StrictSerializer
from apps.core.doors.pages import visible_or_404
from apps.inventory.models import Model
from apps.inventory.selectors import known_of
from apps.retirement import events
from apps.retirement.models import Retirement
from apps.retirement.selectors import approval_of
from apps.retirement.services import plan_retirement


class RetirementSerializer(serializers.ModelSerializer):
    model = serializers.SlugRelatedField("reference", read_only=True)
    approval = serializers.SerializerMethodField()
    dependents = serializers.SerializerMethodField(help_text="Those that the caller may see.")
    further_dependents = serializers.SerializerMethodField(help_text="How many more there are.")

    class Meta:
        model = Retirement
        fields = [
            "reference",
            "model",
            "approval",
            "status",
            "reason",
            "replacement",
            "last_day",
            "fallback",
            "dependents",
            "further_dependents",
            "archive",
            "archive_digest",
            "keep_until",
            "planned_at",
            "revision",
        ]

    def get_approval(self, retirement: Retirement) -> str | None:
        approval = approval_of(retirement)
        return approval and approval.reference

    def get_dependents(self, retirement: Retirement) -> list[str]:
        return self._known(retirement)[0]

    def get_further_dependents(self, retirement: Retirement) -> int:
        return self._known(retirement)[1]

    def _known(self, retirement: Retirement) -> tuple[list[str], int]:
        return known_of(retirement.dependents, self.context["request"].user)


class PlanSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=4000)
    replacement = serializers.CharField(max_length=80, required=False, allow_blank=True)
    last_day = serializers.DateField()
    fallback = serializers.CharField(max_length=4000)


class RetirementViewSet(GovernedViewSet):
    queryset = Retirement.objects.select_related("model").order_by("-pk")
    serializer_class = RetirementSerializer


@extend_schema_view(list=extend_schema(summary="List a model's retirements."))
class PlanViewSet(RetirementViewSet):
    """What was asked for, and what came of it."""

    def get_queryset(self):
        return super().get_queryset().filter(model=self._model())

    def get_serializer_class(self):
        return PlanSerializer if self.request.method == "POST" else RetirementSerializer

    @extend_schema(responses={201: RetirementSerializer})
    def create(self, request, model):
        """Plan a model's retirement, and ask for its approval."""
        return self.carry_out(plan_retirement, events.RETIREMENT_PLANNED, model=self._model())

    def _model(self) -> Model:
        return visible_or_404(Model, self.request.user, reference=self.kwargs["model"])
