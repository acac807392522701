from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "apps.tracking"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.tracking.subjects import ExperimentSubject, RunSubject

        subjects.register(ExperimentSubject)
        subjects.register(RunSubject)
