from django.apps import AppConfig

from apps.core.periodic import Periodic


class RetirementConfig(AppConfig):
    name = "apps.retirement"
    PERIODIC = (Periodic("retirement.carry_out_due", 300, "apps.retirement.services.carry_out_due"),)

    def ready(self) -> None:
        from apps.core import subjects
        from apps.retirement.subjects import RetirementSubject

        subjects.register(RetirementSubject)
