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
        from apps.datasets.selectors.differences import KIND
        from apps.datasets.services import checking, differences, extractions
        from apps.datasets.subjects import (
            ContractSubject,
            DatasetSubject,
            DatasetVersionSubject,
            HoldSubject,
            LineageRunSubject,
            SourceSubject,
        )
        from apps.datasets.telling import register as register_telling
        from apps.files.removing import lets_go
        from apps.jobs import registry

        for subject in (
            *(DatasetSubject, DatasetVersionSubject, HoldSubject, LineageRunSubject, SourceSubject),
            ContractSubject,
        ):
            subjects.register(subject)
        registry.register(KIND, title="Comparing versions", work=differences.work, commit=differences.commit)
        lets_go(DatasetVersion, ~Q(status=DatasetVersion.Status.KEPT))
        lets_go(Part, ~Q(extraction__version__status=DatasetVersion.Status.KEPT))
        register_telling()
        extractions.register()
        show("dataset", Panel(20, "datasets/_tags.html", "aside", panels.tags_of_dataset))
        show("dataset", Panel(30, "datasets/_keeping.html", "aside", panels.keeping_of_dataset))
        show("dataset", Panel(40, "datasets/sources/_panel.html", "main", panels.sources_of_dataset))
        show("dataset", Panel(60, "datasets/_uses.html", "main", panels.uses_of_dataset))
        show("datasetversion", Panel(10, "datasets/_gone.html", "head", panels.what_became))
        show("datasetversion", Panel(20, "datasets/_tags.html", "aside", panels.tags_of_version))
        show("datasetversion", Panel(30, "datasets/_keeping.html", "aside", panels.keeping_of_version))
        show("datasetversion", Panel(40, "datasets/sources/_origin.html", "main", panels.origin_of_version))
        show("datasetversion", Panel(60, "datasets/_uses.html", "main", panels.uses_of_version))
        lineage.register(links)
        lineage.makes(events.VERSION_ADDED)
        registry.register(
            sending.KIND, title="Tell another system of lineage", work=sending.work, max_attempts=sending.MAX_ATTEMPTS
        )
        for page in ("dataset", "datasetversion"):
            show(page, Panel(50, "datasets/_lineage.html", "main", shown))
        checking.register()
        quality.register()
