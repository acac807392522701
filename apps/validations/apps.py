from django.apps import AppConfig


class ValidationsConfig(AppConfig):
    name = "apps.validations"

    def ready(self) -> None:
        from apps.core import panels, subjects
        from apps.core.consequences import follow
        from apps.inventory.events import MODEL_RETIRED
        from apps.validations.panels import validation_panel
        from apps.validations.services import follow_retirement
        from apps.validations.subjects import ValidationSubject
        from apps.validations.telling import register as register_telling

        subjects.register(ValidationSubject)
        panels.register("version", panels.Panel(20, "validations/_panel.html", "aside", validation_panel))
        follow(MODEL_RETIRED, follow_retirement)
        register_telling()
