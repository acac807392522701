from rest_framework import serializers

from apps.accounts.models import BusinessUnit
from apps.core.doors.api import GovernedViewSet, StrictSerializer
from apps.inventory import events
from apps.inventory.models import Model
from apps.inventory.services import register_model


class ModelSerializer(serializers.ModelSerializer):
    business_unit = serializers.SlugRelatedField("name", read_only=True)
    owner = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Model
        fields = ["reference", "name", "purpose", "business_unit", "owner", "created_at", "revision"]


class RegistrationSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    purpose = serializers.CharField(max_length=20_000)
    business_unit = serializers.SlugRelatedField("name", queryset=BusinessUnit.objects.all())


class ModelViewSet(GovernedViewSet):
    queryset = Model.objects.select_related("business_unit", "owner").order_by("reference")
    serializer_class = ModelSerializer

    def create(self, request):
        return self.carry_out(register_model, events.MODEL_REGISTERED)

    def get_serializer_class(self):
        return {"create": RegistrationSerializer}.get(self.action, ModelSerializer)
