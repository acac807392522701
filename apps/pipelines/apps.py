from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    name = "apps.pipelines"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.core.consequences import follow
        from apps.inventory.events import MODEL_RETIRED
        from apps.pipelines.services import keeping
        from apps.pipelines.subjects import PipelineSubject, PipelineVersionSubject

        for subject in (PipelineSubject, PipelineVersionSubject):
            subjects.register(subject)
        follow(MODEL_RETIRED, keeping.follow_retirement)
