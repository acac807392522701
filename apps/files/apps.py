from django.apps import AppConfig

from apps.core.periodic import Periodic


class FilesConfig(AppConfig):
    name = "apps.files"
    PERIODIC = (Periodic("files.sweep", 3600, "apps.files.receiving.sweep"),)
