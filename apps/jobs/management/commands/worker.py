import os

from celery import current_app
from django.core.management.base import BaseCommand

from apps.jobs.running import worker_name

# Numerical libraries would each start a thread a core; workers share the machine with one another and with the web.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Command(BaseCommand):
    help = "Works on jobs, one at a time. Start as many as the machine has cores to spare."

    def handle(self, *args, **options):
        for name in ONE_THREAD:
            os.environ.setdefault(name, "1")
        current_app.worker_main(
            [
                "worker",
                f"--hostname={worker_name().replace(':', '-')}@quaestor",
                "--pool=solo",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
                "--loglevel=INFO",
            ]
        )
