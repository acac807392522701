from django.apps import AppConfig

from apps.core.periodic import Periodic


class FindingsConfig(AppConfig):
    name = "apps.findings"
    PERIODIC = (Periodic("findings.announce_overdue", 300, "apps.findings.services.announce_overdue"),)

    def ready(self) -> None:
        from apps.core import subjects
        from apps.findings.subjects import FindingSubject

        subjects.register(FindingSubject)
