"""The Celery application: `celery -A config`, and what the web process sends tasks with."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TRANSPORT_ALIASES["database"] = "apps.jobs.transport:Transport"

app = Celery("quaestor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def look_before_starting(**_):
    from config.start import leave_without_database, refuse_if_unsafe  # late: they need the settings

    leave_without_database()
    refuse_if_unsafe()
