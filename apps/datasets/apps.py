from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    name = "apps.datasets"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.datasets.subjects import DatasetSubject, DatasetVersionSubject

        subjects.register(DatasetSubject)
        subjects.register(DatasetVersionSubject)
