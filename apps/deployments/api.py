from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from apps.core.doors.api import GovernedViewSet, StrictSerializer
from apps.deployments import events
from apps.deployments.filters import DeploymentFilter
from apps.deployments.models import Deployment, Environment
from apps.deployments.selectors import with_all_shown, without_approval
from apps.deployments.services import deploy, stop
from apps.inventory.models import ModelVersion


class DeploymentSerializer(serializers.ModelSerializer):
    model = serializers.CharField(source="version.model.reference")
    version = serializers.SlugRelatedField("reference", read_only=True)
    environment = serializers.SlugRelatedField("name", read_only=True)
    use = serializers.SlugRelatedField("name", read_only=True)
    approval = serializers.SlugRelatedField("reference", read_only=True)
    deployed_by = serializers.SlugRelatedField("email", read_only=True)
    stopped_by = serializers.SlugRelatedField("email", read_only=True)
    replaces = serializers.SlugRelatedField("reference", read_only=True)
    without_approval = serializers.SerializerMethodField()

    class Meta:
        model = Deployment
        fields = [
            *("reference", "model", "version", "environment", "use", "strategy", "status", "approval"),
            *("without_approval", "artifact_digest", "configuration", "replaces", "deployed_by", "deployed_at"),
            *("stopped_by", "stopped_at", "stop_reason", "revision"),
        ]

    def get_without_approval(self, deployment: Deployment) -> str:
        """Why what runs has no live approval; empty where it has one."""
        return without_approval(deployment, timezone.now())


class ReleaseSerializer(StrictSerializer):
    environment = serializers.ChoiceField(Environment.Name.choices)
    strategy = serializers.ChoiceField(Deployment.Strategy.choices, required=False)
    use = serializers.CharField(max_length=200, required=False, allow_blank=True)
    configuration = serializers.DictField(required=False)


class StopSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=4000)


class DeploymentViewSet(GovernedViewSet):
    queryset = with_all_shown(Deployment.objects.order_by("-pk"))
    serializer_class = DeploymentSerializer
    filterset_class = DeploymentFilter

    def get_serializer_class(self) -> Any:
        return StopSerializer if self.action == "stop" else DeploymentSerializer

    @extend_schema(responses={201: DeploymentSerializer})
    @action(detail=True, methods=["post"])
    def stop(self, request, reference):
        """Stop a deployment."""
        return self.carry_out(stop, events.DEPLOYMENT_STOPPED, deployment=self.get_object(), answer=_shown)


class ReleaseViewSet(GovernedViewSet):
    """Releases of one version."""

    queryset = ModelVersion.objects.select_related("model", "artifact")
    serializer_class = ReleaseSerializer

    @extend_schema(responses={201: DeploymentSerializer})
    def create(self, request, reference):
        """Deploy a version into an environment.

        Only against a live approval.
        """
        return self.carry_out(deploy, events.VERSION_DEPLOYED, version=self.get_object(), answer=_shown)


def _shown(deployment: Deployment) -> Any:
    return DeploymentSerializer(deployment).data
