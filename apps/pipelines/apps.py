from django.apps import AppConfig

from apps.core.periodic import Periodic


class PipelinesConfig(AppConfig):
    name = "apps.pipelines"
    PERIODIC = (
        Periodic("pipelines.look_after", 5, "apps.pipelines.services.settling.look_after"),
        Periodic("pipelines.start_due", 15, "apps.pipelines.services.triggers.start_due"),
    )

    def ready(self) -> None:
        from apps.core import panels, subjects
        from apps.core.consequences import follow
        from apps.datasets.events import VERSION_ADDED
        from apps.evaluations.events import EVALUATION_COMPLETED, EVALUATION_FAILED
        from apps.inventory.events import MODEL_RETIRED
        from apps.jobs.registry import register
        from apps.monitoring.events import ALERT_RAISED, ALERT_WORSENED
        from apps.pipelines import gate_panels, working
        from apps.pipelines.events import VERSION_PUBLISHED
        from apps.pipelines.gate_subjects import GateCheckSubject, TestReportSubject
        from apps.pipelines.services import advancing, keeping, settling, triggers
        from apps.pipelines.subjects import PipelineRunSubject, PipelineSubject, PipelineVersionSubject
        from apps.pipelines.telling import say_who_is_told

        own = (PipelineSubject, PipelineVersionSubject, PipelineRunSubject)
        for subject in (*own, GateCheckSubject, TestReportSubject):
            subjects.register(subject)
        follow(MODEL_RETIRED, keeping.follow_retirement)
        follow(VERSION_ADDED, triggers.follow_data)
        follow(ALERT_RAISED, triggers.follow_alert)
        follow(ALERT_WORSENED, triggers.follow_alert)
        follow(VERSION_PUBLISHED, triggers.follow_publication)
        follow(EVALUATION_COMPLETED, settling.follow_evaluation)
        follow(EVALUATION_FAILED, settling.follow_evaluation)
        register(
            advancing.JOB,
            title="Pipeline step",
            work=working.work,
            commit=working.commit,
            failed=working.failed,
            max_attempts=5,
        )
        say_who_is_told()
        panels.register("version", panels.Panel(25, "pipelines/_gate_checks.html", "main", gate_panels.checks))
        panels.register("version", panels.Panel(26, "pipelines/_test_reports.html", "main", gate_panels.reports))
