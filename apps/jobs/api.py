from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.jobs.models import Job
from apps.jobs.services import cancel


class JobSerializer(serializers.ModelSerializer):
    title = serializers.CharField(read_only=True)
    requested_by = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Job
        fields = [
            *("id", "kind", "title", "subject_kind", "subject_reference", "root_reference", "requested_by"),
            *("state", "progress", "message", "error", "result", "attempt", "max_attempts"),
            *("created_at", "started_at", "ended_at", "run_after"),
        ]


class JobViewSet(viewsets.ReadOnlyModelViewSet):
    """Background work: how far it is, what came of it, why it failed."""

    queryset = Job.objects.select_related("requested_by")
    serializer_class = JobSerializer
    lookup_value_regex = "[0-9a-f-]{36}"
    filterset_fields = ["state", "kind", "subject_reference", "root_reference"]

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    @extend_schema(request=None, responses={200: JobSerializer, 202: JobSerializer})
    @action(detail=True, methods=["post"])
    def cancellation(self, request, pk):
        """Cancel a job."""
        job = cancel(actor=request.user, job=self.get_object(), now=timezone.now())
        return Response(self.get_serializer(job).data, status=202 if job.live else 200)
