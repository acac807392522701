"""What the inventory's export tells of what runs."""

from collections.abc import Mapping, Sequence

from apps.deployments.models import Deployment


def in_production_since(models: Sequence[int]) -> Mapping[int, str]:
    """The day since which a version of each model runs where decisions are made."""
    running = Deployment.objects.live().deciding().filter(version__model__in=models).order_by("-deployed_at")
    return {model: f"{since:%Y-%m-%d}" for model, since in running.values_list("version__model_id", "deployed_at")}


COLUMNS = {"In production since": in_production_since}
