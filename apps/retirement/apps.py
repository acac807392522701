from django.apps import AppConfig

from apps.core.periodic import Periodic


class RetirementConfig(AppConfig):
    name = "apps.retirement"
    PERIODIC = (Periodic("retirement.carry_out_due", 300, "apps.retirement.services.carry_out_due"),)

    def ready(self) -> None:
        from apps.core import panels, subjects, uses
        from apps.core.consequences import follow
        from apps.inventory.events import VERSION_SUBMITTED
        from apps.notifications.rules import remind
        from apps.retirement.panels import of_model
        from apps.retirement.services import refuse_submission
        from apps.retirement.subjects import RetirementSubject
        from apps.retirement.telling import late
        from apps.retirement.uses import of_data

        subjects.register(RetirementSubject)
        follow(VERSION_SUBMITTED, refuse_submission)
        panels.register("model", panels.Panel(80, "retirement/_panel.html", "aside", of_model))
        remind("retirement.late", late)
        uses.register(of_data)
