from django.apps import AppConfig


class DeploymentsConfig(AppConfig):
    name = "apps.deployments"

    def ready(self) -> None:
        from apps.core import lineage, panels, subjects
        from apps.core.consequences import follow
        from apps.deployments import columns, events
        from apps.deployments.lineage import links
        from apps.deployments.panels import of_model, of_version
        from apps.deployments.services import follow_what_runs
        from apps.deployments.subjects import DeploymentSubject
        from apps.inventory import exports
        from apps.inventory.events import VERSION_REINSTATED

        subjects.register(DeploymentSubject)
        lineage.register(links)
        lineage.makes(events.VERSION_DEPLOYED)
        for label, values in columns.COLUMNS.items():
            exports.add_column(label, values)
        follow(VERSION_REINSTATED, follow_what_runs)
        panels.register("model", panels.Panel(60, "deployments/_panel.html", "main", of_model))
        panels.register("version", panels.Panel(60, "deployments/_panel.html", "main", of_version))
