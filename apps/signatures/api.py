from rest_framework import serializers

from apps.signatures.models import Signature


class SignatureSerializer(serializers.ModelSerializer):
    """A signature as other rooms show it beside what was signed."""

    signer = serializers.CharField(source="printed_name")
    roles = serializers.CharField(source="printed_roles")

    class Meta:
        model = Signature
        fields = ["reference", "signer", "roles", "meaning", "signed_at", "methods", "record_digest", "digest"]
