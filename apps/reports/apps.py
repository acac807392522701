from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "apps.reports"

    def ready(self) -> None:
        from apps.core import panels
        from apps.jobs import registry
        from apps.reports import services

        registry.register(services.JOB, title="Make the model card", work=services.work, commit=services.commit)
        panels.register(
            "version", panels.Panel(90, "reports/_card_button.html", "actions", lambda row, user: {"version": row})
        )
