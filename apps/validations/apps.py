from django.apps import AppConfig


class ValidationsConfig(AppConfig):
    name = "apps.validations"

    def ready(self) -> None:
        from apps.core import panels, subjects
        from apps.validations.panels import validation_panel
        from apps.validations.subjects import ValidationSubject
        from apps.validations.telling import register as register_telling

        subjects.register(ValidationSubject)
        panels.register("version", panels.Panel(20, "validations/_panel.html", "aside", validation_panel))
        register_telling()
