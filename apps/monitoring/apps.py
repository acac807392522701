from django.apps import AppConfig

from apps.core.periodic import Periodic


class MonitoringConfig(AppConfig):
    name = "apps.monitoring"
    PERIODIC = (Periodic("monitoring.close_due", 3600, "apps.monitoring.services.periods.close_due"),)

    def ready(self) -> None:
        from apps.core import panels, subjects
        from apps.core.consequences import follow
        from apps.deployments.events import VERSION_DEPLOYED
        from apps.inventory.events import MODEL_RETIRED
        from apps.jobs.registry import register
        from apps.monitoring import events
        from apps.monitoring.panels import of_model
        from apps.monitoring.services import alerts, batches, plans, windows
        from apps.monitoring.subjects import AlertSubject, PlanSubject, WindowSubject, sentence_of
        from apps.notifications.rules import notify, who_may

        for subject in (AlertSubject, PlanSubject, WindowSubject):
            subjects.register(subject)
        follow(VERSION_DEPLOYED, plans.follow_release)
        follow(MODEL_RETIRED, plans.follow_retirement)
        follow(MODEL_RETIRED, alerts.follow_retirement)
        register(plans.FREEZE, title="Freeze a reference", work=plans.freeze, commit=plans.keep_frozen)
        register(batches.TAKE, title="Take rows in", work=batches.work, commit=batches.commit)
        register(windows.CLOSE, title="Close a window", work=windows.work, commit=windows.commit)
        who_answers = who_may(str(events.ALERT_ACKNOWLEDGED.permission))
        for event in (events.ALERT_RAISED, events.ALERT_WORSENED):
            notify(event, recipients=who_answers, sentence=sentence_of)
        panels.register("model", panels.Panel(70, "monitoring/_panel.html", "main", of_model))
