from django.apps import AppConfig

from apps.core.periodic import Periodic


class DatasetsConfig(AppConfig):
    name = "apps.datasets"
    PERIODIC = (
        Periodic("datasets.announce_retention", 3600, "apps.datasets.services.keeping.announce_retention"),
        Periodic("datasets.extract_due", 60, "apps.datasets.services.sources.extract_due"),
        Periodic("datasets.send_lineage", 10, "apps.datasets.lineage.sending.send_new"),
    )

    def ready(self) -> None:
        from django.db.models import Q

        from apps.core import lineage, subjects
        from apps.core.panels import Panel
        from apps.core.panels import register as show
        from apps.datasets import events, panels, quality
        from apps.datasets.lineage import sending
        from apps.datasets.lineage.links import links
        from apps.datasets.lineage.showing import lineage as shown
        from apps.datasets.models import DatasetVersion, Part
        from apps.datasets.services import checking, differences, erasing, extractions, returning
        from apps.datasets.subjects import (
            ContractSubject,
            DatasetSubject,
            DatasetVersionSubject,
            ErasureSubject,
            HoldSubject,
            LineageRunSubject,
            SourceSubject,
        )
        from apps.datasets.telling import register as register_telling
        from apps.files.removing import lets_go
        from apps.jobs import registry

        for subject in (
            *(DatasetSubject, DatasetVersionSubject, ErasureSubject, HoldSubject, LineageRunSubject, SourceSubject),
            ContractSubject,
        ):
            subjects.register(subject)
        differences.register()
        erasing.register()
        returning.register()
        lets_go(DatasetVersion, ~Q(status=DatasetVersion.Status.KEPT))
        lets_go(Part, ~Q(extraction__version__status=DatasetVersion.Status.KEPT))
        register_telling()
        extractions.register()
        panels.register()
        lineage.register(links)
        lineage.makes(events.VERSION_ADDED)
        registry.register(
            sending.KIND, title="Tell another system of lineage", work=sending.work, max_attempts=sending.MAX_ATTEMPTS
        )
        for page in ("dataset", "datasetversion"):
            show(page, Panel(50, "datasets/_lineage.html", "main", shown))
        checking.register()
        quality.register()
