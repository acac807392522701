from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "apps.dossiers"

    def ready(self) -> None:
        from apps.core import panels, subjects
        from apps.core.consequences import follow
        from apps.dossiers import columns, telling
        from apps.dossiers.deciding import decision_panel
        from apps.dossiers.panels import actions, attestations, came_back, stepper
        from apps.dossiers.selectors import why_not_usable
        from apps.dossiers.services import follow_evaluation, follow_exemption, follow_validation
        from apps.dossiers.subjects import VersionSubject
        from apps.evaluations.events import EVALUATION_COMPLETED, EVALUATION_FAILED
        from apps.exceptions.events import EXEMPTION_EXPIRED, EXEMPTION_REVOKED, EXEMPTION_SUSPENDED
        from apps.inventory import exports
        from apps.tracking.usable import judged_by
        from apps.validations.events import VALIDATION_CONCLUDED

        subjects.register(VersionSubject)
        for label, values in columns.COLUMNS.items():
            exports.add_column(label, values)
        panels.register("version", panels.Panel(10, "dossiers/_decision.html", "aside", decision_panel))
        for ended in (EXEMPTION_EXPIRED, EXEMPTION_REVOKED, EXEMPTION_SUSPENDED):
            follow(ended, follow_exemption)
        panels.register("version", panels.Panel(10, "dossiers/_stepper.html", "head", stepper))
        panels.register("version", panels.Panel(15, "dossiers/_came_back.html", "head", came_back))
        panels.register("version", panels.Panel(40, "dossiers/_actions.html", "actions", actions))
        panels.register("version", panels.Panel(40, "dossiers/_attestations.html", "aside", attestations))
        telling.register()
        follow(EVALUATION_COMPLETED, follow_evaluation)
        follow(EVALUATION_FAILED, follow_evaluation)
        follow(VALIDATION_CONCLUDED, follow_validation)
        judged_by(why_not_usable)
