from django.apps import AppConfig


class RetirementConfig(AppConfig):
    name = "apps.retirement"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.retirement.subjects import RetirementSubject

        subjects.register(RetirementSubject)
