"""How versions are shown to programs."""

from rest_framework import serializers

from apps.datasets.models import DatasetVersion


class ColumnSerializer(serializers.Serializer):
    name = serializers.CharField()
    type = serializers.ChoiceField(["integer", "number", "string", "boolean", "date", "timestamp"])
    nulls = serializers.IntegerField()
    distinct = serializers.IntegerField()
    min = serializers.JSONField(allow_null=True)
    max = serializers.JSONField(allow_null=True)
    digest = serializers.CharField()


class QualitySerializer(serializers.Serializer):
    missing_cells = serializers.IntegerField()
    missing_share = serializers.FloatField()
    complete_columns = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField())


class DatasetVersionSerializer(serializers.ModelSerializer):
    dataset = serializers.SlugRelatedField("reference", read_only=True)
    columns = ColumnSerializer(many=True)
    quality = QualitySerializer()
    created_by = serializers.SlugRelatedField("email", read_only=True)
    size = serializers.IntegerField(source="table.size")
    tags = serializers.SlugRelatedField("name", many=True, read_only=True)
    successor = serializers.SlugRelatedField("reference", read_only=True)

    class Meta:
        model = DatasetVersion
        fields = [
            "reference",
            "dataset",
            "number",
            "digest",
            "rows",
            "columns",
            "quality",
            "metadata",
            "filename",
            "size",
            "created_by",
            "created_at",
            "tags",
            "fitness",
            "status",
            "gone_at",
            "gone_because",
            "successor",
        ]


def with_what_is_shown(rows):
    """Versions with everything that the serializer asks for, in a constant number of queries."""
    return rows.select_related("dataset", "table", "created_by", "successor").prefetch_related("tags")
