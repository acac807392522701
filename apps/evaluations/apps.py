from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "apps.evaluations"

    def ready(self) -> None:
        from apps.core import panels, subjects
        from apps.core.consequences import follow
        from apps.datasets.events import VERSION_ERASED
        from apps.evaluations import erased, evaluating
        from apps.evaluations.panels import actions, evidence, verdict
        from apps.evaluations.services import JOB
        from apps.evaluations.subjects import EvaluationSubject
        from apps.jobs import registry

        subjects.register(EvaluationSubject)
        erased.register()
        follow(VERSION_ERASED, erased.erase_predictions)
        panels.register("version", panels.Panel(20, "evaluations/_verdict.html", "head", verdict))
        panels.register("version", panels.Panel(20, "evaluations/_evidence.html", "main", evidence))
        panels.register("version", panels.Panel(20, "evaluations/_actions.html", "actions", actions))
        registry.register(
            JOB,
            title="Evaluate a version",
            work=evaluating.work,
            commit=evaluating.commit,
            failed=evaluating.failed,
        )
