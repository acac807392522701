from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "apps.inventory"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.inventory.subjects import ModelSubject

        subjects.register(ModelSubject)
