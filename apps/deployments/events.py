from apps.core.events import Event

ENVIRONMENT_FOUNDED = Event(
    "deployments.environment_founded",
    "deployments.add_environment",
    "An environment was made known.",
    says="made {it} known",
)
VERSION_DEPLOYED = Event(
    "deployments.version_deployed", "deployments.add_deployment", "A version was released into an environment."
)
DEPLOYMENT_STOPPED = Event(
    "deployments.deployment_stopped", "deployments.stop_deployment", "A person stopped what ran."
)
DEPLOYMENT_REPLACED = Event(
    "deployments.deployment_replaced", None, "What ran was stopped because another version took its place."
)
DEPLOYMENT_ENDED = Event("deployments.deployment_ended", None, "What ran was stopped because its model was retired.")
