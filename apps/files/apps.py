from django.apps import AppConfig

from apps.core.periodic import Periodic


class FilesConfig(AppConfig):
    name = "apps.files"
    PERIODIC = (Periodic("files.sweep", 3600, "apps.files.receiving.sweep"),)

    def ready(self) -> None:
        from apps.core import work
        from apps.files.removing import WORK, remove

        work.offer(work.Work(WORK, "Removing files", remove))
