from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "apps.inventory"

    def ready(self) -> None:
        from apps.core import subjects
        from apps.inventory import columns, exports
        from apps.inventory.subjects import ModelSubject

        subjects.register(ModelSubject)
        for label, values in columns.COLUMNS.items():
            exports.add_column(label, values)
