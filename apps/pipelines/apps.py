from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    name = "apps.pipelines"

    def ready(self) -> None:
        from apps.core import panels, subjects
        from apps.core.consequences import follow
        from apps.inventory.events import MODEL_RETIRED
        from apps.pipelines import gate_panels
        from apps.pipelines.gate_subjects import GateCheckSubject, TestReportSubject
        from apps.pipelines.services import keeping
        from apps.pipelines.subjects import PipelineSubject, PipelineVersionSubject

        for subject in (PipelineSubject, PipelineVersionSubject, GateCheckSubject, TestReportSubject):
            subjects.register(subject)
        follow(MODEL_RETIRED, keeping.follow_retirement)
        panels.register("version", panels.Panel(25, "pipelines/_gate_checks.html", "main", gate_panels.checks))
        panels.register("version", panels.Panel(26, "pipelines/_test_reports.html", "main", gate_panels.reports))
