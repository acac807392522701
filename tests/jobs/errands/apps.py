from django.apps import AppConfig


class Errands(AppConfig):
    name = "tests.jobs.errands"

    def ready(self):
        from tests.jobs.errands.kinds import register_all

        register_all()
