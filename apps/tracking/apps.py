from django.apps import AppConfig

from apps.core.periodic import Periodic


class TrackingConfig(AppConfig):
    name = "apps.tracking"
    PERIODIC = (Periodic("tracking.sweep", 3600, "apps.tracking.services.uploads.sweep"),)

    def ready(self) -> None:
        from apps.core import lineage, subjects
        from apps.files.announcing import streamed
        from apps.tracking import holding
        from apps.tracking.lineage import links
        from apps.tracking.services.selecting import chosen
        from apps.tracking.subjects import ExperimentSubject, LoggedModelSubject, RunSubject, SelectionSubject

        subjects.register(ExperimentSubject)
        subjects.register(RunSubject)
        subjects.register(LoggedModelSubject)
        lineage.register(links)
        subjects.register(SelectionSubject)
        holding.rests(chosen)
        streamed("/api/2.0/mlflow-artifacts/artifacts/")
        streamed("/api/2.0/mlflow-artifacts/signed/")
        from apps.tracking.selectors import registry  # noqa: F401 (it says what rests on runs)
