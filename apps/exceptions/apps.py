from django.apps import AppConfig

from apps.core.periodic import Periodic


class ExceptionsConfig(AppConfig):
    name = "apps.exceptions"
    PERIODIC = (Periodic("exceptions.announce_expired", 300, "apps.exceptions.services.announce_expired"),)

    def ready(self) -> None:
        from apps.core import panels, subjects
        from apps.exceptions.panels import exceptions_panel
        from apps.exceptions.subjects import ExemptionSubject
        from apps.exceptions.telling import register as register_telling

        subjects.register(ExemptionSubject)
        panels.register("version", panels.Panel(50, "exceptions/_panel.html", "aside", exceptions_panel))
        register_telling()
