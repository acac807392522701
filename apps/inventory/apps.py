from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "apps.inventory"

    def ready(self) -> None:
        from apps.core import lineage, subjects, uses
        from apps.core.consequences import follow
        from apps.datasets.events import VERSION_ERASED
        from apps.inventory import columns, events, exports
        from apps.inventory.lineage import links
        from apps.inventory.services.erased import note_erasure
        from apps.inventory.subjects import ModelSubject
        from apps.inventory.telling import register as register_telling
        from apps.inventory.uses import of_data

        subjects.register(ModelSubject)
        uses.register(of_data)
        follow(VERSION_ERASED, note_erasure)
        register_telling()
        lineage.register(links)
        lineage.makes(events.VERSION_ADDED)
        for label, values in columns.COLUMNS.items():
            exports.add_column(label, values)
