from django.apps import AppConfig

from apps.core.periodic import Periodic


class JobsConfig(AppConfig):
    name = "apps.jobs"
    verbose_name = "Jobs"
    PERIODIC = (Periodic("jobs.ring_again", 5, "apps.jobs.services.ring_again"),)

    def ready(self):
        from celery.signals import worker_ready, worker_shutdown

        from apps.jobs import probes, pulse  # noqa: F401

        worker_ready.connect(pulse.start, dispatch_uid="jobs.pulse")
        worker_shutdown.connect(pulse.stop, dispatch_uid="jobs.pulse")
