"""What earlier rooms may ask about a deployment."""

from apps.core.subjects import Subject
from apps.deployments.models import Deployment


class DeploymentSubject(Subject):
    kind = "deployment"
    model = Deployment
    TITLE_OF = ("version",)
