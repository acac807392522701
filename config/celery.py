"""The Celery application: `celery -A config`, and what the web process sends tasks with."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("quaestor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
