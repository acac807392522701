import signal
import threading

from celery.signals import beat_init
from django.core.management.base import BaseCommand, CommandError

from apps.jobs.beat import beat
from apps.jobs.patience import DatabaseAway


class Command(BaseCommand):
    help = "Carries out the periodic duties. More than one may run: each duty is done once."

    def handle(self, *args, **options):
        beat_init.send(sender=type(self))  # whoever looks before beat starts, looks before ours too
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        self.stdout.write("beat: ready")
        try:
            beat(stopped)
        except DatabaseAway as away:
            raise CommandError(f"The beat stops. {away}") from None
