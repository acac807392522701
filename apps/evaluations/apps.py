from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "apps.evaluations"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.evaluations import evaluating
        from apps.evaluations.services import JOB
        from apps.evaluations.subjects import EvaluationSubject
        from apps.jobs import registry

        subjects.register(EvaluationSubject)
        registry.register(
            JOB,
            title="Evaluate a version",
            work=evaluating.work,
            commit=evaluating.commit,
            failed=evaluating.failed,
        )
