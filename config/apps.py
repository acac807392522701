from django.apps import AppConfig


class Config(AppConfig):
    name = "config"
    verbose_name = "Installation"

    def ready(self):
        from config import celery, checks  # noqa: F401  (the web process sends tasks by this application)
