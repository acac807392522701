"""How the API reads what is said of a model's materiality: by the axes of the tiering method in force."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.doors.api import StrictSerializer
from apps.core.doors.typed import TEXT
from apps.inventory.tiering import axes_in_force

EXPOSURE = {
    "type": "object",
    "required": ["level"],
    "properties": {
        "level": {"type": "string", "maxLength": 80},
        "amount": {"type": "string", "format": "decimal"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
    "additionalProperties": False,
}


class ExposureSerializer(StrictSerializer):
    level = serializers.CharField(max_length=80)
    amount = serializers.DecimalField(max_digits=20, decimal_places=2, required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)

    def to_internal_value(self, data: Any) -> Any:
        said = super().to_internal_value({"level": data} if isinstance(data, str) else data)
        return {name: str(value) for name, value in said.items()}


class LevelField(serializers.CharField):
    """The level of an axis, as text or as {level: text}; the method in force says which there are."""

    json_types = str, dict

    def to_internal_value(self, data: Any) -> Any:
        level = data["level"] if isinstance(data, dict) and set(data) == {"level"} else data
        if not isinstance(level, str):
            raise serializers.ValidationError(TEXT)
        return super().to_internal_value(level)


@extend_schema_field(
    {
        "type": "object",
        "description": "A level for each axis of the tiering method in force; GET models/axes/ lists them.",
        "properties": {"exposure": {"oneOf": [{"type": "string"}, EXPOSURE]}},
        "additionalProperties": {"type": "string", "maxLength": 80},
    }
)
class MaterialitySerializer(StrictSerializer):
    """A level for each axis of the tiering method in force."""

    def get_fields(self) -> dict[str, Any]:
        axes = axes_in_force(timezone.now())
        return {
            axis.name: ExposureSerializer() if axis.name == "exposure" else LevelField(max_length=80) for axis in axes
        }


class AxisSerializer(serializers.Serializer):
    name = serializers.CharField()
    question = serializers.CharField()
    levels = serializers.ListField(child=serializers.CharField(), help_text="From the least to the most severe.")
