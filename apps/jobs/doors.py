"""How the doors of other rooms answer when what was asked for takes a while."""

from django.urls import reverse
from rest_framework.response import Response

from apps.jobs.models import Job

RETRY_AFTER_SECONDS = "1"


def accepted(job: Job, **more) -> Response:
    """202 with the job, its address in Location and when to look again in Retry-After; `more` is put beside it."""
    from apps.jobs.api import JobSerializer

    address = reverse("job-detail", args=[job.pk])
    body = {"job": JobSerializer(job).data, **more}
    return Response(body, status=202, headers={"Location": address, "Retry-After": RETRY_AFTER_SECONDS})
