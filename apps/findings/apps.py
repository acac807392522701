from django.apps import AppConfig

from apps.core.periodic import Periodic


class FindingsConfig(AppConfig):
    name = "apps.findings"
    PERIODIC = (Periodic("findings.announce_overdue", 300, "apps.findings.services.announce_overdue"),)

    def ready(self) -> None:
        from apps.core import panels, subjects
        from apps.findings.following import register as register_following
        from apps.findings.panels import findings_panel
        from apps.findings.subjects import FindingSubject
        from apps.findings.telling import register as register_telling

        subjects.register(FindingSubject)
        for page in ("version", "model", "dataset", "datasetversion"):
            panels.register(page, panels.Panel(50, "findings/_panel.html", "main", findings_panel))
        register_telling()
        register_following()
