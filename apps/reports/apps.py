from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "apps.reports"

    def ready(self) -> None:
        from apps.core import panels
        from apps.jobs import registry
        from apps.reports import services
        from apps.reports.models import Document
        from apps.reports.panels import signed_report
        from apps.retirement import archive

        archive.add("documents", lambda model: Document.objects.filter(root_reference=model.reference), "blob_id")
        registry.register(services.JOB, title="Make the model card", work=services.work, commit=services.commit)
        registry.register(
            services.REPORT_JOB,
            title="Make the validation report",
            work=services.work_report,
            commit=services.commit_report,
        )
        panels.register("validation", panels.Panel(50, "reports/_report.html", "aside", signed_report))
        panels.register(
            "version", panels.Panel(90, "reports/_card_button.html", "actions", lambda row, user: {"version": row})
        )
