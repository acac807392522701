from django.apps import AppConfig

from apps.core.periodic import Periodic


class ExceptionsConfig(AppConfig):
    name = "apps.exceptions"
    PERIODIC = (Periodic("exceptions.announce_expired", 300, "apps.exceptions.services.announce_expired"),)

    def ready(self) -> None:
        from apps.core import subjects
        from apps.exceptions.subjects import ExemptionSubject

        subjects.register(ExemptionSubject)
