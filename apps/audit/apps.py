from typing import Any

from django.apps import AppConfig

from apps.core.periodic import Periodic

DAY_SECONDS = 24 * 3600


class AuditConfig(AppConfig):
    name = "apps.audit"
    PERIODIC = (
        Periodic("audit.seal", 3, "apps.audit.sealing.seal"),
        Periodic("audit.mail_checkpoint", DAY_SECONDS, "apps.audit.sealing.mail_checkpoint"),
        Periodic("audit.verify", DAY_SECONDS, "apps.audit.services.verify_daily"),
    )

    def ready(self) -> None:
        from apps.core import work

        work.offer(work.Work("audit.export", "Export of the ledger", _export))
        work.offer(work.Work("audit.verify", "Verification of the ledger", _verify))


def _export(run: Any) -> dict[str, Any]:
    from apps.audit.exporting import make_file

    return make_file(run)


def _verify(run: Any) -> dict[str, Any]:
    from django.utils import timezone

    from apps.audit.verification import verify_and_record

    done = verify_and_record(by=run.parameters["by"], now=timezone.now(), progress=run.progress)
    return {"held": done.held, "events": done.size}
