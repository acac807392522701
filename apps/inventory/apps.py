from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "apps.inventory"

    def ready(self) -> None:
        from apps.core import subjects, uses
        from apps.inventory import columns, exports
        from apps.inventory.subjects import ModelSubject
        from apps.inventory.uses import of_data

        subjects.register(ModelSubject)
        uses.register(of_data)
        for label, values in columns.COLUMNS.items():
            exports.add_column(label, values)
