from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "apps.inventory"

    def ready(self) -> None:
        from apps.core import lineage, subjects, uses
        from apps.inventory import columns, events, exports
        from apps.inventory.lineage import links
        from apps.inventory.subjects import ModelSubject
        from apps.inventory.uses import of_data

        subjects.register(ModelSubject)
        uses.register(of_data)
        lineage.register(links)
        lineage.makes(events.VERSION_ADDED)
        for label, values in columns.COLUMNS.items():
            exports.add_column(label, values)
