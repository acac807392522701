from django.apps import AppConfig

from apps.core.periodic import Periodic


class JobsConfig(AppConfig):
    name = "apps.jobs"
    verbose_name = "Jobs"
    PERIODIC = (Periodic("jobs.ring_again", 5, "apps.jobs.services.ring_again"),)

    def ready(self):
        from celery.signals import worker_ready, worker_shutdown

        from apps.core import subjects, work
        from apps.jobs import probes, pulse, registry, services  # noqa: F401
        from apps.jobs.doors import accepted
        from apps.jobs.subjects import JobSubject

        subjects.register(JobSubject)
        for offered in work.offered():  # by rooms that come before this one and can't know it
            registry.register(offered.name, work=offered.call, title=offered.title)
        work.done_by(ask=services.enqueue, accepted=accepted)
        worker_ready.connect(pulse.start, dispatch_uid="jobs.pulse")
        worker_shutdown.connect(pulse.stop, dispatch_uid="jobs.pulse")
