from django.apps import AppConfig

from apps.core.periodic import Periodic


class ApprovalsConfig(AppConfig):
    name = "apps.approvals"
    PERIODIC = (
        Periodic("approvals.announce_overdue", 300, "apps.approvals.services.conditions.announce_overdue"),
        Periodic("approvals.tell_of_shortages", 3600, "apps.approvals.telling.tell_of_shortages"),
    )

    def ready(self) -> None:
        from apps.approvals.subjects import ApprovalSubject, ConditionSubject
        from apps.approvals.telling import register as register_telling
        from apps.core import subjects

        subjects.register(ApprovalSubject)
        subjects.register(ConditionSubject)
        register_telling()
