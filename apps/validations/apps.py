from django.apps import AppConfig


class ValidationsConfig(AppConfig):
    name = "apps.validations"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.validations.subjects import ValidationSubject

        subjects.register(ValidationSubject)
